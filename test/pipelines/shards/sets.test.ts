/** Goal: sets that were merged or repacked have the tokens that they were made of, in order. */
import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { inspectShards } from "../../../src/pipelines/shards/inspect.ts";
import { mergeShards } from "../../../src/pipelines/shards/merge.ts";
import { repackShards } from "../../../src/pipelines/shards/repack.ts";
import { verifyShards } from "../../../src/pipelines/shards/verify.ts";
import { packingNames } from "../../../src/shard/config.ts";
import type { PlanSettings } from "../../../src/shard/plan/plan.ts";
import { documentsOf } from "../../../src/shard/set/documents.ts";
import { readShardIndex } from "../../../src/shard/shard-index.ts";
import { numberedDocuments, planSettings, type TestDocument, temporaryFolder, writeSet } from "../../support/shards.ts";

const lengths = [3, 0, 50, 700, 12, 90, 16, 17, 1, 1, 260, 33, 8];
const documents: TestDocument[] = numberedDocuments(
  lengths,
  2_000,
  lengths.map((_, i) => (i % 4 === 3 ? 1 : 0)),
);
documents[2]!.lossMask = documents[2]!.ids.map((id) => id % 2);
const vocabSize = 2_000;

async function documentsIn(path: string, split: string): Promise<number[][]> {
  const { index, dir } = await readShardIndex(path);
  const found: number[][] = [];
  for await (const { tokens } of documentsOf({ dir, index, split })) found.push([...tokens]);
  return found;
}

describe("repack", () => {
  test.each(packingNames.flatMap((packing) => [false, true].map((rowOverlap) => [packing, rowOverlap] as const)))(
    "by %s gives the shards that packing at once gives; rows that overlap %s",
    async (packing, rowOverlap) => {
      await using flat = await temporaryFolder();
      await using packed = await temporaryFolder();
      await using again = await temporaryFolder();
      await writeSet(flat.path, [documents], { vocabSize, pack: false, maxTokensPerShard: 150 });
      const settings: PlanSettings = { ...planSettings, vocabSize, packing, rowOverlap, maxTokensPerShard: 200 };
      const { index: expected } = await writeSet(packed.path, [documents], settings);
      const index = await repackShards({ path: flat.path, out: again.path, settings });
      const contents = ({ shards }: typeof index) => shards.map(({ path, content_hash }) => [path, content_hash]);
      expect(contents(index)).toEqual(contents(expected));
      expect(index.report).toEqual(expected.report);
      expect((await verifyShards(again.path)).problems).toEqual([]);
      expect(await readdir(again.path)).toEqual(["shards"]);
    },
  );

  test("refuses packed shards, and a folder that has a set", async () => {
    await using folder = await temporaryFolder();
    await using flat = await temporaryFolder();
    await writeSet(folder.path, [documents], { vocabSize });
    await writeSet(flat.path, [documents], { vocabSize, pack: false });
    const repack = (path: string) => repackShards({ path, out: folder.path, settings: planSettings });
    await expect(repack(folder.path)).rejects.toThrow("packed already, into rows of 16 tokens");
    await expect(repack(flat.path)).rejects.toThrow("there is a set of shards here");
  });
});

describe("merge", () => {
  test.each([true, false])("keeps all samples of all sets, split by split, in order; packed %s", async (pack) => {
    await using a = await temporaryFolder();
    await using b = await temporaryFolder();
    await using out = await temporaryFolder();
    const settings = { vocabSize, pack, maxTokensPerShard: 300 };
    await writeSet(a.path, [documents], { ...settings, shardFormat: "arrow", splitNames: ["train", "val"] });
    await writeSet(b.path, [documents.slice(5)], {
      ...settings,
      compression: "lz4",
      splitNames: ["train", "val", "new"],
    });
    const index = await mergeShards({ paths: [a.path, b.path], out: out.path });
    expect([index.format, index.compression, index.split_names]).toEqual(["arrow", "none", ["train", "val", "new"]]);
    for (const split of ["train", "val"]) {
      const both = [...(await documentsIn(a.path, split)), ...(await documentsIn(b.path, split))];
      expect(await documentsIn(out.path, split)).toEqual(both);
    }
    expect((await verifyShards(out.path)).problems).toEqual([]);
  });

  test.each([
    [{ tokenizer: { name: "other", sha256: "1" } }, 'tokenizer is "test" in the first and "other" here'],
    [{ seqLen: 32 }, "seq_len is 16 in the first and 32 here"],
    [{ pack: false }, 'layout is "packed" in the first and "flat" here'],
    [{ vocabSize: 3_000 }, "vocab_size is 2000 in the first and 3000 here"],
  ] as const)("refuses a second set with %j", async (changed, message) => {
    await using a = await temporaryFolder();
    await using b = await temporaryFolder();
    await using out = await temporaryFolder();
    await writeSet(a.path, [documents], { vocabSize });
    await writeSet(b.path, [documents], { vocabSize, ...changed });
    await expect(mergeShards({ paths: [a.path, b.path], out: out.path })).rejects.toThrow(message);
    expect(await readdir(out.path)).toEqual([]);
  });
});

describe("inspect", () => {
  test("describes a set by its index, and a shard by its tensors", async () => {
    await using folder = await temporaryFolder();
    const { index } = await writeSet(folder.path, [documents], { vocabSize, pack: false });
    const set = await inspectShards(folder.path);
    const bytes = index.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    expect(set).toEqual({ kind: "set", dir: join(folder.path, "shards"), index, bytes });
    const shard = await inspectShards(join(folder.path, "shards", index.shards[0]!.path));
    expect(shard).toMatchObject({
      kind: "shard",
      tensors: [
        { name: "doc_ids", dtype: "U64", first: ["1", "2", "3", "5", "6", "7", "9", "10"] },
        { name: "doc_offsets", dtype: "U64", first: ["0", "3", "3", "53", "65", "155", "171", "172"] },
        { name: "loss_mask", dtype: "U8" },
        { name: "tokens", dtype: "U16", first: ["1", "2", "3", "4", "5", "6", "7", "8"] },
      ],
    });
  });

  test("of nothing, and of a folder without an index, are errors that name the place", async () => {
    await using folder = await temporaryFolder();
    await expect(inspectShards(join(folder.path, "none"))).rejects.toThrow("there is nothing at this path");
    await expect(inspectShards(folder.path)).rejects.toThrow("there is no shard_index.json");
  });
});
