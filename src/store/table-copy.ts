/**
 * One version of a table as a table of its own, in links to the same files: they are never changed, so that a copy costs
 * no space until its table has dropped them, and pruning the table does not reach the copy.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { MdpError, messageOf } from "../core/errors.ts";

/** Folders of a table whose files a version may need. */
const PARTS = ["data", "_deletions", "_indices", "_transactions"] as const;

/** Largest unsigned number of 64 bits: newer manifests are named by what a version lacks to it, so that they sort first. */
const MOST = 2n ** 64n - 1n;

/**
 * Puts a version of the table `name` from one store's folder into another's: as the only version of a copy, or back beside
 * what the table has now. Nothing happens to what is there.
 */
export function copyVersion(fromDir: string, toDir: string, name: string, version: number): void {
  const [from, to] = [join(fromDir, `${name}.lance`), join(toDir, `${name}.lance`)];
  try {
    for (const part of PARTS) {
      if (!existsSync(join(from, part))) continue;
      const entries = readdirSync(join(from, part), { recursive: true, withFileTypes: true });
      for (const entry of entries) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        place(path, join(to, path.slice(from.length)));
      }
    }
    // Last: from here on the version is there.
    const manifest = manifestOf(from, version);
    if (manifest === undefined) throw new Error(`version ${version} has no manifest`);
    place(join(from, "_versions", manifest), join(to, "_versions", manifest));
  } catch (cause) {
    throw new MdpError({
      code: "table-not-copied",
      message: `version ${version} of a table could not be copied: ${messageOf(cause)}`,
      where: from,
      hint: "check that the disk is not full and that the folder is writable",
      cause,
    });
  }
}

/** File of a version in `_versions`; there are two ways to name it. Undefined when it is not there. */
function manifestOf(table: string, version: number): string | undefined {
  const names = [`${String(MOST - BigInt(version)).padStart(20, "0")}.manifest`, `${version}.manifest`];
  return names.find((name) => existsSync(join(table, "_versions", name)));
}

function place(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch (error) {
    // A file system without links, or another one.
    if (!["EXDEV", "EPERM", "ENOTSUP", "EMLINK", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
    copyFileSync(from, to);
  }
}
