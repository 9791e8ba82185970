/** Goal: no damage goes unnoticed, and an index that was lost comes back byte for byte. */
import { describe, expect, test } from "bun:test";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { reindexShards } from "../../../src/pipelines/shards/reindex.ts";
import { verifyShards } from "../../../src/pipelines/shards/verify.ts";
import { compressionNames, shardFormatNames } from "../../../src/shard/config.ts";
import type { PlanSettings } from "../../../src/shard/plan/plan.ts";
import { numberedDocuments, temporaryFolder, writeSet } from "../../support/shards.ts";

const lengths = Array.from({ length: 40 }, (_, i) => (i * 31) % 70);
const documents = numberedDocuments(
  lengths,
  1_000,
  lengths.map((_, i) => i % 3),
);

async function writeExample(dir: string, changed: Partial<PlanSettings> = {}) {
  await writeSet(dir, [documents.slice(0, 15), documents.slice(15)], { maxTokensPerShard: 200, ...changed });
  return join(dir, "shards");
}

const every = shardFormatNames.flatMap((shardFormat) =>
  compressionNames.flatMap((compression) => [true, false].map((pack) => ({ shardFormat, compression, pack }))),
);

describe.each(every)("a set of $shardFormat shards, compression $compression, packed $pack", (settings) => {
  test("is intact as it was written, and its index is rebuilt byte for byte", async () => {
    await using folder = await temporaryFolder();
    const dir = await writeExample(folder.path, settings);
    expect((await verifyShards(folder.path)).problems).toEqual([]);
    const before = await Bun.file(join(dir, "shard_index.json")).bytes();
    await rm(join(dir, "shard_index.json"));
    expect((await reindexShards(folder.path)).missing).toEqual([]);
    expect(await Bun.file(join(dir, "shard_index.json")).bytes()).toEqual(before);
  });
});

describe("verify", () => {
  test("finds any flipped bit and names the shard", async () => {
    await using folder = await temporaryFolder();
    const dir = await writeExample(folder.path);
    const path = join(dir, "val/shard_0001.safetensors");
    const good = await Bun.file(path).bytes();
    for (let at = 0; at < good.length; at += 97) {
      const damaged = Uint8Array.from(good);
      damaged[at]! ^= 1 << (at % 8);
      await Bun.write(path, damaged);
      const { problems } = await verifyShards(folder.path);
      expect(new Set(problems.map((problem) => problem.path))).toEqual(new Set(["val/shard_0001.safetensors"]));
      expect(problems[0]!.problem).toBe("its SHA-256 is not that of the index");
    }
  });

  test("names shards that are missing, cut, exchanged or not in the index", async () => {
    await using folder = await temporaryFolder();
    const dir = await writeExample(folder.path);
    const shard = (name: string) => join(dir, `train/shard_000${name}.safetensors`);
    await rm(shard("0"));
    await Bun.write(shard("9"), await Bun.file(shard("1")).bytes());
    const [one, two] = [await Bun.file(shard("1")).bytes(), await Bun.file(shard("2")).bytes()];
    await Bun.write(shard("1"), two);
    await Bun.write(shard("2"), one.subarray(0, one.length - 10));
    const { problems } = await verifyShards(folder.path);
    const found = (name: string) =>
      problems.filter(({ path }) => path === `train/shard_000${name}.safetensors`).map(({ problem }) => problem);
    expect(found("0")).toEqual(["it is missing"]);
    expect(found("1")).toContain("its header is not what the index says");
    expect(found("2").join()).toContain("this is no complete safetensors shard");
    expect(found("9")).toEqual(["it is not in the index"]);
  });

  test("finds an index whose sums are not those of its shards", async () => {
    await using folder = await temporaryFolder();
    const dir = await writeExample(folder.path);
    const path = join(dir, "shard_index.json");
    const index = await Bun.file(path).json();
    await Bun.write(path, JSON.stringify({ ...index, total_tokens: index.total_tokens + 1 }));
    expect((await verifyShards(folder.path)).problems).toEqual([
      { path: "shard_index.json", problem: "its sums are not those of its shards" },
    ]);
  });
});

describe("reindex", () => {
  test("refuses an incomplete set by the numbers that are missing, and takes it when told to", async () => {
    await using folder = await temporaryFolder();
    const dir = await writeExample(folder.path);
    await rm(join(dir, "test"), { recursive: true });
    await rm(join(dir, "train/shard_0000.safetensors"));
    await expect(reindexShards(folder.path)).rejects.toThrow("shards of the set missing: train/0, test/0, test/1");
    const { missing, index } = await reindexShards(folder.path, { partial: true });
    expect(missing.slice(0, 2)).toEqual(["train/0", "test/0"]);
    expect(index.splits.test!.shards).toBe(0);
    expect((await verifyShards(folder.path)).problems).toEqual([]);
  });

  test("refuses a shard whose contents changed", async () => {
    await using folder = await temporaryFolder();
    const dir = await writeExample(folder.path);
    const path = join(dir, "train/shard_0000.safetensors");
    const bytes = await Bun.file(path).bytes();
    bytes[bytes.length - 1]! ^= 2;
    await Bun.write(path, bytes);
    await expect(reindexShards(folder.path)).rejects.toThrow("contents do not have the hash that its header has");
  });

  test("refuses a folder with shards of two sets, and one without shards", async () => {
    await using folder = await temporaryFolder();
    await using other = await temporaryFolder();
    const dir = await writeExample(folder.path);
    const second = await writeExample(other.path, { fingerprint: "other" });
    await rename(join(second, "val/shard_0001.safetensors"), join(dir, "val/shard_0001.safetensors"));
    await expect(reindexShards(folder.path)).rejects.toThrow('several sets: fingerprint is "f" and "other"');
    await rm(dir, { recursive: true });
    await expect(reindexShards(folder.path)).rejects.toThrow("there are no shards in this folder");
  });
});
