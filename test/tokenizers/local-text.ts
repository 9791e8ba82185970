/** Real, mixed text: the documents and sources of a checkout's packages, and, for much of it, those of the machine. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = join(import.meta.dir, "../../node_modules");
const MACHINE = [
  "/usr/share/doc",
  "/usr/lib/python3",
  "/usr/share/perl",
  "/usr/share/i18n",
  join(PACKAGES, "../.venv"),
];
const LONGEST_FILE = 100_000;

/** About `megabytes` of text of a checkout's packages, in pieces of up to `size` code units that may end anywhere. */
export function localTexts(megabytes: number, size = 4_000): string[] {
  return textsOf(PACKAGES, "**/*.{md,js,ts,json,py}", megabytes, size);
}

/** The same from all that the machine has, half of it from outside the checkout where there is enough. */
export function machineTexts(megabytes: number, size = 20_000): string[] {
  const share = megabytes / 2 / MACHINE.length;
  const texts = MACHINE.flatMap((folder) => textsOf(folder, "**/*", share, size));
  const found = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;
  return [...texts, ...localTexts(megabytes - found, size)];
}

function textsOf(folder: string, pattern: string, megabytes: number, size: number): string[] {
  const texts: string[] = [];
  let left = megabytes * 1e6;
  const paths = existsSync(folder) ? [...new Bun.Glob(pattern).scanSync({ cwd: folder })].sort() : [];
  for (const path of paths) {
    if (left <= 0) break;
    const text = readText(join(folder, path));
    for (let at = 0; at < text.length && left > 0; at += size) {
      texts.push(text.slice(at, at + size).toWellFormed());
      left -= Buffer.byteLength(texts.at(-1)!);
    }
  }
  return texts;
}

/** The beginning of a file, nothing when it is no text. */
function readText(path: string): string {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? unpacked(bytes) : bytes).toString("utf8");
  return text.includes("\0") || text.includes("\ufffd") ? "" : text.slice(0, LONGEST_FILE);
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return Buffer.from(Bun.gunzipSync(new Uint8Array(bytes)));
  } catch {
    return Buffer.alloc(0);
  }
}
