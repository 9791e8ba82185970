/** SHA-256 of large files, remembered: hashing the weights on every start would take longer than a query. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { userCacheDir } from "../core/cache-dir.ts";
import { idOf, sha256File } from "../core/hash.ts";

const Remembered = v.object({ path: v.string(), size: v.number(), mtimeMs: v.number(), sha256: v.string() });

/** The hash of a file; known from an earlier call when its path, size and modification time are still the same. */
export async function rememberedSha256(path: string, cacheDir = join(userCacheDir(), "hashes")): Promise<string> {
  const absolute = resolve(path);
  const { size, mtimeMs } = statSync(absolute);
  const note = join(cacheDir, `${idOf(absolute)}.json`);
  const known = read(note);
  if (known?.path === absolute && known.size === size && known.mtimeMs === mtimeMs) return known.sha256;
  const sha256 = await sha256File(absolute);
  write(cacheDir, note, { path: absolute, size, mtimeMs, sha256 });
  return sha256;
}

function read(note: string): v.InferOutput<typeof Remembered> | undefined {
  try {
    const parsed = v.safeParse(Remembered, JSON.parse(readFileSync(note, "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written costs time, nothing else. */
function write(cacheDir: string, note: string, value: v.InferOutput<typeof Remembered>): void {
  try {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    const fresh = `${note}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify(value));
    renameSync(fresh, note);
  } catch {
    return;
  }
}
