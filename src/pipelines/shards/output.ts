/** The folder that a new set, or an export, goes into. */
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { indexName, shardsFolder } from "../../shard/shard-index.ts";

/** Makes the folder of a new set. @throws MdpError when a set lies there */
export async function newSetFolder(out: string): Promise<void> {
  const taken = [join(out, indexName), join(out, shardsFolder, indexName)].find((path) => existsSync(path));
  if (taken) throw occupied(taken, "there is a set of shards here");
  await mkdir(out, { recursive: true });
}

/** Makes an empty folder. @throws MdpError when it has files */
export async function newFolder(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  if ((await readdir(out)).length > 0) throw occupied(out, "the folder is not empty");
}

function occupied(where: string, message: string): MdpError {
  return new MdpError({ code: "output-exists", message, where, hint: "give another folder with --out" });
}
