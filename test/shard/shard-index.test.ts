/** Goal: the index says what users know it to say, and a missing or broken one is an error with the next step. */
import { describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MdpError } from "../../src/core/errors.ts";
import { openShard } from "../../src/shard/open-shard.ts";
import { readShardIndex } from "../../src/shard/shard-index.ts";
import { numberedDocuments, temporaryFolder, writeSet } from "../support/shards.ts";

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as MdpError,
  );

describe("shard_index.json", () => {
  test("has the counts, the splits, and each shard's path, samples, tokens, bytes and SHA-256", async () => {
    await using folder = await temporaryFolder();
    const documents = numberedDocuments([20, 10, 33, 5], 1_000, [0, 1, 0, 2]);
    await writeSet(folder.path, [documents], { maxTokensPerShard: 40 });
    const index = await Bun.file(join(folder.path, "shards/shard_index.json")).json();
    expect([index.num_shards, index.total_samples, index.total_tokens]).toEqual([4, 7, 68]);
    expect(index.splits).toMatchObject({
      train: { shards: 2, samples: 5, tokens: 53, documents: 2 },
      val: { shards: 1, samples: 1, tokens: 10, documents: 1 },
      test: { shards: 1, samples: 1, tokens: 5, documents: 1 },
    });
    expect(index.shards.map(({ id, path }: { id: number; path: string }) => [id, path])).toEqual([
      [0, "train/shard_0000.safetensors"],
      [1, "train/shard_0001.safetensors"],
      [2, "val/shard_0000.safetensors"],
      [3, "test/shard_0000.safetensors"],
    ]);
    for (const { path, bytes, hash } of index.shards) {
      const file = await Bun.file(join(folder.path, "shards", path)).bytes();
      const sha256 = new Bun.CryptoHasher("sha256").update(file).digest("hex");
      expect([bytes, hash]).toEqual([file.length, sha256]);
    }
    expect(index.report.efficiency).toBeCloseTo(68 / (7 * 16), 10);
  });

  test("is found from its folder, the folder above, and its own path", async () => {
    await using folder = await temporaryFolder();
    const { index } = await writeSet(folder.path, [numberedDocuments([20], 1_000)]);
    const dir = join(folder.path, "shards");
    for (const path of [folder.path, dir, join(dir, "shard_index.json")]) {
      expect(await readShardIndex(path)).toEqual({ index, dir });
    }
  });

  test("that is missing is an error that names reindex", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "shards"));
    const error = await failure(readShardIndex(folder.path));
    expect(error).toBeInstanceOf(MdpError);
    expect(error?.where).toBe(join(folder.path, "shards/shard_index.json"));
    expect(error?.hint).toContain("mdp shard reindex");
  });

  test.each([
    ["{", "cannot be read (JSON Parse error"],
    ["{}", "cannot be read (num_shards:"],
    ['{"num_shards":-1}', "cannot be read (num_shards:"],
  ])("that holds %s is an error that says why", async (text, message) => {
    await using folder = await temporaryFolder();
    await Bun.write(join(folder.path, "shard_index.json"), text);
    const error = await failure(readShardIndex(folder.path));
    expect(error).toBeInstanceOf(MdpError);
    expect(error?.message).toContain(message);
  });
});

describe("a shard", () => {
  test.each([
    ["x.txt", "", "its name ends in no known format"],
    ["x.safetensors", "", "it has 0 bytes and refers to bytes 0 to 8"],
    ["x.npz", "no zip archive at all, but long enough", "it does not end like a zip archive"],
    ["x.arrow", "no", "it does not begin and end like one"],
    ["x.safetensors.lz4", "no lz4 at all", "it does not begin like one that mdp wrote"],
  ])("%s that is none is an error that names it", async (name, text, message) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, name);
    await Bun.write(path, text);
    const error = await failure(openShard(path));
    expect(error).toBeInstanceOf(MdpError);
    expect(error?.message).toContain(message);
    expect(error?.where).toBe(path);
  });

  test("of another program is told from ours", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "model.safetensors");
    const header = Buffer.from('{"__metadata__":{"format":"pt"}}');
    await Bun.write(path, Buffer.concat([Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0), header]));
    expect((await failure(openShard(path)))?.code).toBe("shard-unknown");
  });
});
