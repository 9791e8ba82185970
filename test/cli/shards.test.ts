/** `mdp shard inspect|verify|reindex|merge|repack|export` on small sets, by the real entry. */
import { describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { mdp } from "../support/project.ts";
import { numberedDocuments, temporaryFolder, writeSet } from "../support/shards.ts";

/** A flat set of 3 shards, two of them of the split train. */
async function flatSet() {
  const folder = await temporaryFolder();
  const documents = numberedDocuments([600, 700, 40], 2_000, [0, 0, 1]);
  await writeSet(folder.path, [documents], { pack: false, vocabSize: 2_000 });
  const at = (name: string) => join(folder.path, name);
  return { path: folder.path, at, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe("mdp shard", () => {
  test("inspect tells people and programs what a set holds", async () => {
    await using set = await flatSet();
    const text = await mdp(["shard", "inspect", set.path]);
    expect([text.code, text.stderr]).toEqual([0, ""]);
    expect(text.stdout).toContain("3 shards, 3 samples, 1,340 tokens");
    expect(text.stdout).toMatch(/train +2 +2 +2 +1,300\n/);
    const { stdout } = await mdp(["shard", "inspect", set.path, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ kind: "set", index: { num_shards: 3, total_tokens: 1_340 } });
    const shard = await mdp(["shard", "inspect", set.at("shards/val/shard_0000.safetensors")]);
    expect(shard.stdout).toMatch(/tokens +U16\[40\] +80 B +1301 1302 1303/);
  });

  test("verify ends with 0 for an intact set, and with 1 and the shard's name for a damaged one", async () => {
    await using set = await flatSet();
    const good = await mdp(["shard", "verify", set.path]);
    expect([good.code, good.stdout.slice(0, 17)]).toEqual([0, "intact: 3 shards,"]);
    const path = set.at("shards/train/shard_0001.safetensors");
    const bytes = await Bun.file(path).bytes();
    bytes[bytes.length - 1]! ^= 1;
    await Bun.write(path, bytes);
    const bad = await mdp(["shard", "verify", set.path]);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain("train/shard_0001.safetensors: its SHA-256 is not that of the index\n");
    expect(bad.stdout).toContain("1 file damaged");
  });

  test("reindex brings a lost index back, and refuses a set with a missing shard unless it is told", async () => {
    await using set = await flatSet();
    const index = set.at("shards/shard_index.json");
    const before = await Bun.file(index).text();
    await rm(index);
    const lost = await mdp(["shard", "verify", set.path]);
    expect([lost.code, lost.stdout]).toEqual([1, ""]);
    expect(lost.stderr).toContain(`mdp shard reindex ${set.at("shards")}`);
    expect((await mdp(["shard", "reindex", set.path])).stdout).toBe("3 shards, 1,340 tokens indexed\n");
    expect(await Bun.file(index).text()).toBe(before);
    await rm(set.at("shards/train/shard_0000.safetensors"));
    const refused = await mdp(["shard", "reindex", set.path]);
    expect([refused.code, refused.stderr.includes("1 shard of the set missing: train/0")]).toEqual([1, true]);
    const partial = await mdp(["shard", "reindex", set.path, "--partial", "--json"]);
    expect(JSON.parse(partial.stdout)).toMatchObject({ missing: ["train/0"], shards: 2, tokens: 740 });
  });

  test("repack, merge and export make new folders, and say when something is missing", async () => {
    await using set = await flatSet();
    const packed = await mdp(["shard", "repack", set.path, "--seq-len", "100", "--out", set.at("packed"), "--json"]);
    expect(JSON.parse(packed.stdout).report).toMatchObject({ samples: 14, tokens: 1_340, padding_tokens: 60 });
    const merged = await mdp(["shard", "merge", set.at("packed"), set.at("packed"), "--out", set.at("all"), "--json"]);
    expect(JSON.parse(merged.stdout)).toMatchObject({ shards: 4, tokens: 2_680 });
    const exported = await mdp(["shard", "export", set.path, "--to", "megatron", "--out", set.at("megatron")]);
    expect([exported.code, exported.stdout]).toEqual([0, expect.stringMatching(/val +1 item +40 tokens +val\.bin/)]);
    for (const [args, message] of [
      [["repack", set.path], "needs an output folder"],
      [["merge", set.path, "--out", set.at("x")], "merging takes two sets or more"],
      [["export", set.path, "--out", set.at("x")], "name one with --to megatron|datatrove|mds|jsonl|parquet"],
      [["export", set.path, "--to", "tfrecord", "--out", set.at("x")], 'unknown export format "tfrecord"'],
    ] as const) {
      const { code, stderr } = await mdp(["shard", ...args]);
      expect([code, stderr.includes(message)]).toEqual([2, true]);
    }
  });
});
