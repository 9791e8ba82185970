/** Goal: a header that lies about the file is refused before anything is read, with the name of what is wrong. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as mx from "../../src/mlx/index.ts";
import { checkSafetensors, safetensorsEntries } from "../../src/mlx/safetensors-header.ts";

const dir = mkdtempSync(join(tmpdir(), "mdp-header-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface FileParts {
  header: unknown;
  /** Bytes of data behind it. */
  data?: number;
  /** What the first eight bytes say. */
  length?: bigint;
}

function file({ header, data = 64, length }: FileParts): string {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  const path = join(dir, "x.safetensors");
  writeFileSync(path, Buffer.concat([prefix, text, Buffer.alloc(data)]));
  return path;
}

const entry = (shape: unknown, offsets: unknown, dtype: unknown = "F32") => ({ dtype, shape, data_offsets: offsets });
const a = entry([4], [0, 16]);

describe("a header is refused", () => {
  test.each<[string, FileParts, RegExp]>([
    ["longer than the file", { header: { a }, length: 10_000n }, /header claims 10000 bytes/],
    ["of 16 EiB", { header: { a }, length: 2n ** 64n - 1n }, /header claims 18446744073709551615 bytes/],
    ["above the format's limit", { header: { a }, length: 100_000_001n }, /header claims 100000001 bytes/],
    ["with less data than tensors", { header: { a }, data: 15 }, /"a" lies at 0–16, the file holds 15 bytes/],
    ["with data behind the end", { header: { a: entry([4], [2 ** 50, 2 ** 50 + 16]) } }, /"a" lies at/],
    ["with a negative position", { header: { a: entry([4], [-16, 0]) } }, /"a" has no valid position/],
    ["with an end before the beginning", { header: { a: entry([4], [16, 0]) } }, /"a" lies at 16–0/],
    ["with three positions", { header: { a: entry([4], [0, 16, 32]) } }, /"a" has no valid position/],
    [
      "with another length than the shape",
      { header: { a: entry([5], [0, 16]) } },
      /takes 20 bytes by its shape, 16 by/,
    ],
    ["with another length than the type", { header: { a: entry([4], [0, 16], "F16") } }, /takes 8 bytes by its shape/],
    [
      "with a product beyond 64 bits",
      { header: { a: entry([2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1], [0, 16]) } },
      /takes/,
    ],
    ["with a size beyond 32 bits", { header: { a: entry([0, 2 ** 40], [0, 0]) } }, /"a" has no valid shape/],
    ["with a fraction as a size", { header: { a: entry([1.5], [0, 6]) } }, /"a" has no valid shape/],
    ["with an unknown type", { header: { a: entry([4], [0, 16], "F33") } }, /unknown element type "F33"/],
    ["with a type of an object's own", { header: { a: entry([4], [0, 16], "toString") } }, /unknown element type/],
    ["with tensors on the same bytes", { header: { a, b: a } }, /"a" and "b" lie over each other/],
    ["with tensors that touch by one element", { header: { a, b: entry([2], [12, 20]) } }, /"a" and "b" lie over/],
    ["with a tensor inside another", { header: { a: entry([16], [0, 64]), b: entry([1], [20, 24]) } }, /lie over/],
    ["with metadata that is no text", { header: { __metadata__: { n: 1 }, a } }, /does not map names to texts/],
    ["that is a list", { header: [] }, /not a JSON object/],
    ["that is no JSON", { header: "{" }, /not JSON/],
    ["nested without end", { header: `{"a":${"[".repeat(200_000)}` }, /not JSON/],
  ])("%s", (_, parts, message) => {
    const path = file(parts);
    expect(() => checkSafetensors(path)).toThrow(message);
    expect(() => mx.loadSafetensors(path)).toThrow(/not a valid safetensors file/);
  });
});

describe("a header is taken", () => {
  test("that describes tensors side by side, empty ones at any place, and gaps", () => {
    const header = {
      b: entry([2, 2], [32, 48]),
      a,
      empty: entry([0, 3], [8, 8]),
      half: entry([2], [48, 52], "BF16"),
      __metadata__: { format: "mlx" },
    };
    expect(Object.fromEntries(safetensorsEntries(file({ header })))).toEqual({
      a: { dtype: "F32", shape: [4], bytes: 16 },
      b: { dtype: "F32", shape: [2, 2], bytes: 16 },
      empty: { dtype: "F32", shape: [0, 3], bytes: 0 },
      half: { dtype: "BF16", shape: [2], bytes: 4 },
    });
  });

  test("exactly when no two tensors share a byte", () => {
    const range = fc
      .tuple(fc.nat(12), fc.nat(4))
      .map(([start, count]) => ({ start: start * 4, stop: (start + count) * 4 }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 5 }), (ranges) => {
        const header = Object.fromEntries(
          ranges.map(({ start, stop }, i) => [`t${i}`, entry([(stop - start) / 4], [start, stop])]),
        );
        const used = new Set<number>();
        let shared = false;
        for (const { start, stop } of ranges) {
          for (let byte = start; byte < stop; byte++) {
            shared ||= used.has(byte);
            used.add(byte);
          }
        }
        const read = () => safetensorsEntries(file({ header }));
        if (shared) expect(read).toThrow(/lie over each other/);
        else expect(read().size).toBe(ranges.length);
      }),
      { numRuns: 200 },
    );
  });
});
