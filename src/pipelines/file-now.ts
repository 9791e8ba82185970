/** What has become of a file since it was ingested. */
import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { sha256File } from "../core/hash.ts";
import type { Project } from "../core/project.ts";
import type { ItemRow } from "../manifest/state.ts";

/** `unknown`: there is no file to look at, as with a source that is a command, or it could not be read. */
export type FileNow = "same" | "changed" | "gone" | "unknown";

/** Absolute path of an item's file. */
export function fileOf(project: Project, path: string): string {
  return isAbsolute(path) ? path : join(project.dir, path);
}

/** By size and time, and by content where these do not tell. */
export async function fileNow(
  project: Project,
  item: Pick<ItemRow, "path" | "size" | "mtime" | "hash">,
): Promise<FileNow> {
  const path = fileOf(project, item.path);
  try {
    const now = await stat(path, { bigint: true });
    if (!now.isFile()) return "gone";
    if (now.size !== BigInt(item.size)) return "changed";
    if (item.mtime !== "" && String(now.mtimeNs) === item.mtime) return "same";
    if (item.hash === "") return "unknown";
    return (await sha256File(path)) === item.hash ? "same" : "changed";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === "ENOENT" || code === "ENOTDIR";
    return missing && !item.path.startsWith("source:") ? "gone" : "unknown";
  }
}
