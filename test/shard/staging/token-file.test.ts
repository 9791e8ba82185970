/** Goal: what a task tokenized is read back exactly, and a file that is not whole is refused. */
import { describe, expect, test } from "bun:test";
import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { newTokens } from "../../../src/shard/staging/token-file.ts";
import { TokenFileReader } from "../../../src/shard/staging/token-file-reader.ts";
import { TokenFileWriter } from "../../../src/shard/staging/token-file-writer.ts";
import { temporaryFolder } from "../../support/shards.ts";

const document = fc.record({
  ids: fc.array(fc.nat(65_535), { maxLength: 60 }),
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  split: fc.nat(255),
  masked: fc.boolean(),
});

describe("a token file", () => {
  test.each([65_536, 65_537])(
    "of a vocabulary of %d gives documents, ids, splits and masks back",
    async (vocabSize) => {
      await using folder = await temporaryFolder();
      let file = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(document, { maxLength: 30 }), async (documents) => {
          const path = join(folder.path, `${file++}`);
          const writer = await TokenFileWriter.create(path, { vocabSize });
          const mask = ({ ids, masked }: (typeof documents)[number]) =>
            ids.map((id) => (masked && id % 2 === 0 ? 0 : 1));
          for (const one of documents) {
            await writer.add(Uint32Array.from(one.ids), one, one.masked ? Uint8Array.from(mask(one)) : undefined);
          }
          await writer.commit();
          using reader = TokenFileReader.open(path);
          expect([...reader.lengths]).toEqual(documents.map(({ ids }) => ids.length));
          expect([...reader.ids]).toEqual(documents.map(({ id }) => id));
          expect([...reader.splits]).toEqual(documents.map(({ split }) => split));
          const all = documents.flatMap(({ ids }) => ids);
          expect(readAll(reader)).toEqual(all);
          const lossMask = new Uint8Array(all.length);
          reader.readLossMask(0, all.length, lossMask);
          expect([...lossMask]).toEqual(documents.flatMap(mask));
        }),
        { numRuns: 60 },
      );
    },
  );

  test("has two bytes per token up to a vocabulary of 65,536 and four above", async () => {
    await using folder = await temporaryFolder();
    const sizes: number[] = [];
    for (const vocabSize of [65_536, 65_537]) {
      const path = join(folder.path, String(vocabSize));
      const writer = await TokenFileWriter.create(path, { vocabSize });
      await writer.add(new Uint32Array(800).fill(vocabSize - 1), { id: 1n, split: 0 });
      await writer.commit();
      using reader = TokenFileReader.open(path);
      expect(readAll(reader)).toEqual(new Array(800).fill(vocabSize - 1));
      sizes.push(statSync(path).size);
    }
    expect(sizes[1]! - sizes[0]!).toBe(1_600);
  });

  test("takes a document longer than its buffers, and gives any range of it", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "long");
    const writer = await TokenFileWriter.create(path, { vocabSize: 50_000 });
    const ids = Uint32Array.from({ length: 3_000_001 }, (_, i) => i % 49_999);
    await writer.add(Uint32Array.of(7), { id: 1n, split: 0 });
    await writer.add(ids, { id: 2n, split: 0 });
    await writer.commit();
    using reader = TokenFileReader.open(path);
    for (const [start, count] of [
      [0, 3],
      [1_048_570, 20],
      [5, 2_000_000],
      [2_999_990, 12],
    ] as const) {
      const target = new Uint16Array(count + 2);
      reader.read(start, count, target, 1);
      const expected = Array.from({ length: count }, (_, i) => (start + i === 0 ? 7 : (start + i - 1) % 49_999));
      expect([...target]).toEqual([0, ...expected, 0]);
    }
  });

  test("refuses an id that the vocabulary does not have", async () => {
    await using folder = await temporaryFolder();
    const writer = await TokenFileWriter.create(join(folder.path, "x"), { vocabSize: 100 });
    expect(() => writer.add(Uint32Array.of(1, 100), { id: 1n, split: 0 })).toThrow(
      "a document has the token 100, the vocabulary ends at 99",
    );
    await writer.discard();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("is refused when it is cut, and is not there until it is complete", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "x");
    const writer = await TokenFileWriter.create(path, { vocabSize: 100 });
    await writer.add(Uint32Array.of(1, 2, 3), { id: 1n, split: 0 });
    expect(() => TokenFileReader.open(path)).toThrow("cannot be opened");
    await writer.commit();
    for (let size = statSync(path).size - 1; size >= 0; size--) {
      truncateSync(path, size);
      expect(() => TokenFileReader.open(path)).toThrow("no complete file of tokens");
    }
  });
});

function readAll(reader: TokenFileReader): number[] {
  const tokens = newTokens(reader.header.tokenBytes, reader.header.tokens);
  reader.read(0, reader.header.tokens, tokens);
  return [...tokens];
}
