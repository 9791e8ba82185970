/** Real, mixed text that a checkout has: the documents and sources of its packages, the same ones in the same order. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** About `megabytes` of text, as pieces of up to `size` code units that may end anywhere. */
export function localTexts(megabytes: number, size = 4_000, kinds = "{md,js,ts,json,py}"): string[] {
  const texts: string[] = [];
  let left = megabytes * 1e6;
  const glob = new Bun.Glob(`**/*.${kinds}`);
  const folder = join(ROOT, "node_modules");
  // One file of each package at a time would be fairer, but sorted names mix well enough.
  for (const path of [...glob.scanSync({ cwd: folder })].sort()) {
    const text = readFileSync(join(folder, path), "utf8").slice(0, 100_000);
    for (let at = 0; at < text.length && left > 0; at += size) {
      texts.push(text.slice(at, at + size).toWellFormed());
      left -= Buffer.byteLength(texts.at(-1)!);
    }
    if (left <= 0) break;
  }
  return texts;
}
