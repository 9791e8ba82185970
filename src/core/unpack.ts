/**
 * Embedded files on the real disk. Native loaders (`dlopen`, memory-mapped weights) need a path that the operating
 * system knows, so the executable writes each group of files once to a private folder named by their hash.
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { assetHashes, assets } from "./assets.ts";
import { userCacheDir } from "./cache-dir.ts";
import { assert, MdpError, messageOf } from "./errors.ts";
import { sha256 } from "./hash.ts";

const HOUR_MS = 3_600_000;
/** After this long an abandoned half-written folder goes, when a new one is unpacked. */
const ABANDONED_AFTER_MS = HOUR_MS;
/** After this long the folder of another version of the program goes; that version would unpack it again. */
const OUTDATED_AFTER_MS = 30 * 24 * HOUR_MS;

/** Embedded files by logical name, and the SHA-256 of each. */
export interface AssetSource {
  readonly paths: Readonly<Record<string, string>>;
  readonly hashes: Readonly<Record<string, string>>;
}

const embedded: AssetSource = { paths: assets, hashes: assetHashes };

/**
 * The folder that holds every embedded file below `prefix` (`lib`, `model`), at its path relative to the prefix.
 * Undefined when this is not a compiled executable, or nothing was embedded there.
 */
export function unpackAssets(prefix: string): string | undefined {
  return unpackInto(embedded, prefix, userCacheDir());
}

/** The path of one embedded file, e.g. `addon/lancedb.node`; undefined when it is not embedded. */
export function unpackAsset(name: string): string | undefined {
  if (!Object.hasOwn(embedded.paths, name)) return undefined;
  const folder = unpackAssets(dirname(name));
  return folder && join(folder, name.slice(dirname(name).length + 1));
}

/** `unpackAssets` with its inputs given: the files, and the folder in which the unpacked folders lie. */
export function unpackInto(source: AssetSource, prefix: string, cacheDir: string): string | undefined {
  const files = Object.keys(source.paths)
    .filter((name) => name.startsWith(`${prefix}/`))
    .sort()
    .map((name) => ({ name, relative: name.slice(prefix.length + 1), path: source.paths[name]! }));
  if (files.length === 0) return undefined;

  const key = files.map(({ name, relative }) => `${source.hashes[name]}  ${relative}\n`).join("");
  const target = join(cacheDir, `${folderPrefix(prefix)}-${sha256(key).slice(0, 16)}`);
  try {
    if (isComplete(target, files)) return target;
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    const fresh = mkdtempSync(join(cacheDir, ".unpacking-"));
    try {
      chmodSync(fresh, 0o700);
      for (const { name, relative, path } of files) copy(path, join(fresh, relative), source.hashes[name]!);
      publish(fresh, target, files);
      sweep(cacheDir, prefix, target);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof MdpError) throw error;
    throw new MdpError({
      code: "unpack-failed",
      message: `the files embedded in the executable could not be written: ${messageOf(error)}`,
      where: target,
      hint: "make room there, or set XDG_CACHE_HOME to a folder that can be written",
      cause: error,
    });
  }
  return target;
}

interface EmbeddedFile {
  relative: string;
  path: string;
}

/** Whether an earlier run left the whole folder. Sizes tell a torn copy; hashing 100 MB at each start would not pay. */
function isComplete(target: string, files: readonly EmbeddedFile[]): boolean {
  const folder = lstatSync(target, { throwIfNoEntry: false });
  if (!folder) return false;
  const own = process.getuid?.();
  if (!folder.isDirectory() || (own !== undefined && folder.uid !== own) || (folder.mode & 0o022) !== 0) {
    throw new MdpError({
      code: "unpack-untrusted",
      message: "the folder of unpacked libraries is not a private folder of this user, so nothing is loaded from it",
      where: target,
      hint: `remove it, or set XDG_CACHE_HOME to a folder of your own`,
    });
  }
  return files.every(({ relative, path }) => {
    const found = statSync(join(target, relative), { throwIfNoEntry: false });
    return found?.isFile() && found.size === statSync(path).size;
  });
}

/** Writes one file, checks what is written against the hash taken at build time, and forces it to disk. */
function copy(from: string, to: string, expectedHash: string): void {
  const bytes = readFileSync(from);
  assert(sha256(bytes) === expectedHash, `the embedded file ${from} differs from what was built in`);
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  const file = openSync(to, "wx", 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Renames the finished folder into place. A second process may have won meanwhile; its folder is as good. */
function publish(fresh: string, target: string, files: readonly EmbeddedFile[]): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(fresh, target);
      return;
    } catch (error) {
      if (attempt === 3) throw error;
      if (isComplete(target, files)) return;
      setAside(target);
    }
  }
}

/** Moves a torn folder away; a process that still reads from it keeps its open files. */
function setAside(target: string): void {
  const torn = mkdtempSync(join(dirname(target), ".torn-"));
  try {
    renameSync(target, join(torn, "folder"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    rmSync(torn, { recursive: true, force: true });
  }
}

/** Removes what killed processes and earlier versions left: each of these folders holds up to some hundred megabytes. */
function sweep(cacheDir: string, prefix: string, keep: string): void {
  const outdated = new RegExp(`^${folderPrefix(prefix)}-[0-9a-f]{16}$`);
  for (const name of readdirSync(cacheDir)) {
    const path = join(cacheDir, name);
    const abandoned = name.startsWith(".unpacking-") || name.startsWith(".torn-");
    if (path === keep || !(abandoned || outdated.test(name))) continue;
    const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > (abandoned ? ABANDONED_AFTER_MS : OUTDATED_AFTER_MS)) rmSync(path, { recursive: true, force: true });
  }
}

const folderPrefix = (prefix: string) => prefix.replaceAll("/", "-");
