/** Whether the files of a complete run still stand: a quick look at their sizes, where `mdp data verify` reads every byte. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { readShardIndex } from "../../shard/shard-index.ts";
import type { Layout } from "./layout.ts";
import type { Manifest } from "./output.ts";

/** @throws MdpError `output-damaged` for the first file that is missing or has another size, or that of a lost index */
export async function checkOutputs(layout: Layout, manifest: Manifest): Promise<void> {
  for (const { path, bytes } of manifest.outputs) checkSize(join(layout.dir, path), bytes);
  if (manifest.command !== "shard") return;
  const { index } = await readShardIndex(layout.shards);
  for (const { path, bytes } of index.shards) checkSize(join(layout.shards, path), bytes);
}

function checkSize(path: string, bytes: number): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === bytes) return;
  throw damaged(size === undefined ? "a file is gone" : `a file had ${bytes} bytes and has ${size} now`, path);
}

function damaged(what: string, where: string): MdpError {
  return new MdpError({
    code: "output-damaged",
    message: `the run in this folder was complete, but ${what}`,
    where,
    hint: "make all of it again with --overwrite; mdp data verify says what else is damaged",
  });
}
