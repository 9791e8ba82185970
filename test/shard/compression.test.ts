/** Goal: compressed shards are what the compressions' own readers expect, and come back whole or not at all. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { type Compression, compress, decompress, suffixOf } from "../../src/shard/compression/index.ts";
import { python } from "../support/peers.ts";
import { temporaryFolder } from "../support/shards.ts";

const kinds = ["zstd", "lz4", "gzip"] as const;

async function whole(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for await (const part of parts) copies.push(Uint8Array.from(part));
  return Buffer.concat(copies);
}

function inPieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  return (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
}

/** Bytes that repeat as tokens do, and some that do not. */
const contents = fc
  .record({ words: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1 }), order: fc.array(fc.nat(999)) })
  .map(({ words, order }) => Buffer.concat(order.map((index) => words[index % words.length]!)));

describe.each(kinds)("%s", (kind) => {
  test("gives any bytes back, whatever the pieces they come in", async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 500 }), async (bytes, size) => {
        const packed = await whole(compress([bytes.subarray(0, size), bytes.subarray(size)], kind));
        expect(await whole(compress([bytes], kind))).toEqual(packed);
        expect(await whole(decompress(inPieces(packed, size), kind))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test("is read by Arrow's library: short, long, repeated and random bytes", async () => {
    await using folder = await temporaryFolder();
    const lengths = [0, 1, 4, 5, 12, 13, 70_000, 5_000_000];
    const paths: string[] = [];
    for (const length of lengths) {
      for (const spread of [1, 4, 251]) {
        const bytes = Uint8Array.from({ length }, (_, i) => (Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 13) % spread);
        const path = join(folder.path, `${length}-${spread}`);
        await Bun.write(path, bytes);
        await Bun.write(`${path}${suffixOf[kind]}`, await whole(compress([bytes], kind)));
        paths.push(`${path}${suffixOf[kind]}`, path);
      }
    }
    expect(await python("test/parity/same_contents.py", [kind, ...paths], "")).toEqual(["same 24"]);
  });

  test("refuses a file that is cut", async () => {
    const bytes = Buffer.from("some tokens, some tokens, some tokens".repeat(50));
    const packed = await whole(compress([bytes], kind));
    for (const length of [0, 3, 7, 20, packed.length - 9, packed.length - 1]) {
      await expect(whole(decompress(inPieces(packed.subarray(0, length), 100), kind))).rejects.toThrow();
    }
  });
});

test("lz4 refuses a damaged byte wherever it is", async () => {
  const packed = await whole(compress([Buffer.from("tokens and tokens and tokens ".repeat(9))], "lz4"));
  for (let at = 0; at < packed.length; at++) {
    const damaged = Buffer.from(packed);
    damaged[at]! ^= 0x40;
    // The header's own checksum is not worth reading: all that it guards must be as we write it.
    if (at === 6) continue;
    await expect(whole(decompress(inPieces(damaged, 64), "lz4"))).rejects.toThrow();
  }
});

test("gzip says nothing of the time and the system", async () => {
  const packed = await whole(compress([Buffer.from("x")], "gzip" satisfies Compression));
  expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
});
