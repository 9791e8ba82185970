/** The shard files below a folder, whatever an index says. */
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { formatOf } from "../open-shard.ts";

/** Paths relative to the folder, with `/`, sorted; files under temporary names are none. */
export async function shardFilesIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !(await formatOf(entry.name))) continue;
    const path = join(entry.parentPath, entry.name).slice(join(dir, "/").length);
    found.push(path.split(sep).join("/"));
  }
  return found.sort();
}
