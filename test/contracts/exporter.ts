/** What every export keeps: run by each export's own test, with a reader of its format. */
import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { exportShards } from "../../src/pipelines/shards/export.ts";
import { exporters } from "../../src/shard/export/index.ts";
import type { PlanSettings } from "../../src/shard/plan/plan.ts";
import { documentsOf, samplesOf } from "../../src/shard/set/documents.ts";
import { readShardIndex } from "../../src/shard/shard-index.ts";
import { type TestDocument, temporaryFolder, writeSet } from "../support/shards.ts";

export type Files = Readonly<Record<string, Uint8Array>>;

/** An item as a reader finds it; what a format does not keep is left out. */
export interface ReadItem {
  tokens: number[];
  id?: bigint;
  segments?: number[];
  lossMask?: number[];
}

/** Every file below a folder by its relative path. */
export async function filesIn(dir: string): Promise<Files> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files[path.slice(dir.length + 1)] = await Bun.file(path).bytes();
  }
  return files;
}

const vocabSize = 70_000;
const document = fc.record({
  ids: fc.array(fc.nat(vocabSize - 1), { maxLength: 40 }),
  split: fc.nat(1),
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  masked: fc.boolean(),
});
const settings = fc.record({
  pack: fc.boolean(),
  packing: fc.constantFrom("concat", "best-fit", "dynamic"),
  maxTokensPerShard: fc.constantFrom(30, 500),
}) satisfies fc.Arbitrary<Partial<PlanSettings>>;

/** @param skipsEmpty whether the format cannot hold items without tokens */
export function describeExporter(
  name: string,
  skipsEmpty: boolean,
  read: (files: Files, split: string) => Promise<ReadItem[]> | ReadItem[],
): void {
  describe(`every export: ${name}`, () => {
    test("has all items of each split in order, whatever the set's layout", async () => {
      const exporter = await exporters.load(name);
      await fc.assert(
        fc.asyncProperty(fc.array(document, { maxLength: 20 }), settings, async (documents, changed) => {
          await using folder = await temporaryFolder();
          const given = documents.map(({ masked, ...rest }): TestDocument => {
            return { ...rest, ...(masked ? { lossMask: rest.ids.map((id) => id % 2) } : {}) };
          });
          await writeSet(folder.path, [given], { vocabSize, ...changed });
          const out = join(folder.path, "out");
          const report = await exportShards({ path: folder.path, out, to: name });
          const files = await filesIn(out);
          expect(report.splits.flatMap(({ files }) => files).toSorted()).toEqual(Object.keys(files).toSorted());
          const place = await readShardIndex(folder.path);
          for (const { split, items, skipped } of report.splits) {
            const expected: Required<ReadItem>[] = [];
            const stored = exporter.items === "documents" ? documentsOf : samplesOf;
            for await (const { id, tokens, segments, lossMask } of stored({ ...place, split })) {
              const real = segments ? [...segments].map((segment) => Math.min(segment, 1)) : [...tokens].fill(1);
              expected.push({
                id: id ?? 0n,
                tokens: [...tokens],
                segments: [...(segments ?? [])],
                lossMask: [...(lossMask ?? real)],
              });
            }
            expect(items).toBe(expected.length);
            const kept = skipsEmpty ? expected.filter(({ tokens }) => tokens.length > 0) : expected;
            expect(skipped).toBe(expected.length - kept.length);
            const found = await read(files, split);
            expect(found.length).toBe(kept.length);
            for (const [index, item] of found.entries()) expect(kept[index]!).toMatchObject(item);
          }
        }),
        { numRuns: 40 },
      );
    });

    test("is the same twice, and refuses a folder with files and a split without shards", async () => {
      await using folder = await temporaryFolder();
      const documents = [{ ids: [1, 2, 3] }, { ids: [4] }];
      await writeSet(folder.path, [documents], { vocabSize });
      const [a, b] = [join(folder.path, "a"), join(folder.path, "b")];
      for (const out of [a, b]) await exportShards({ path: folder.path, out, to: name });
      expect(await filesIn(a)).toEqual(await filesIn(b));
      await expect(exportShards({ path: folder.path, out: a, to: name })).rejects.toThrow("the folder is not empty");
      const split = exportShards({ path: folder.path, out: join(folder.path, "c"), to: name, split: "val" });
      await expect(split).rejects.toThrow('no shards of split "val"');
    });
  });
}
