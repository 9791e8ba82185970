/** Goal: where a shard cannot be written whole, there is none, and the error says what to do. */
import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../support/shards.ts";

const script = join(import.meta.dir, "write-large-shard.ts");

/** Runs the script where no file may have more than so many blocks of 512 or 1,024 bytes. */
function run(dir: string, limit: string): string {
  const shell = `ulimit -f ${limit}; exec "$0" "$1" "$2"`;
  const { stdout, stderr } = Bun.spawnSync(["bash", "-c", shell, process.execPath, script, dir]);
  return stdout.toString() || stderr.toString();
}

test("a shard that there is no room for is an error, and leaves neither shard nor index", async () => {
  await using folder = await temporaryFolder();
  expect(JSON.parse(run(folder.path, "12"))).toEqual({
    code: "output-unwritable",
    hint: "choose another place with --out, or make room there",
  });
  expect(await readdir(join(folder.path, "shards"), { recursive: true })).toEqual(["train"]);
  // The same again without the limit goes through.
  expect(run(folder.path, "unlimited")).toBe("written\n");
  expect((await readdir(join(folder.path, "shards"))).toSorted()).toEqual(["shard_index.json", "train"]);
});
