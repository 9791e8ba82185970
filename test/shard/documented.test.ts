/** Goal: what docs/shards.md tells a program that reads shards is so. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { PYTHON } from "../support/peers.ts";
import { numberedDocuments, temporaryFolder, writeSet } from "../support/shards.ts";

const page = await Bun.file(join(import.meta.dir, "../../docs/shards.md")).text();

test("the Python of the page reads a set", async () => {
  const blocks = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code!);
  expect(blocks.length).toBe(1);
  await using folder = await temporaryFolder();
  await writeSet(folder.path, [numberedDocuments([30, 5, 90], 1_000, [0, 1, 0])], { maxTokensPerShard: 60 });
  const code = `${blocks[0]}print(shard["path"], index["num_shards"])`;
  const { exitCode, stdout, stderr } = Bun.spawnSync([PYTHON, "-c", code], { cwd: folder.path });
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  expect(stdout.toString()).toBe("val/shard_0000.safetensors 4\n");
});

test("every key of an index that the page names is there", async () => {
  await using folder = await temporaryFolder();
  const { index } = await writeSet(folder.path, [numberedDocuments([30], 1_000)]);
  const section = page.slice(page.indexOf("## The index"), page.indexOf("`hash` is the SHA-256"));
  const named = [...section.matchAll(/`([a-z_0-9]+)(\[\])?`/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(25);
  const known = new Set([
    ...Object.keys(index),
    ...Object.keys(index.report),
    ...Object.keys(index.shards[0]!),
    ...Object.keys(index.tokenizer),
  ]);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
