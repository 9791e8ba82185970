/**
 * Real text for the query benchmark: the documentation and sources of the installed packages, which the lock file
 * pins, cut into passages of 100 words that overlap by 25.
 */
import { extname, join } from "node:path";
import type { ChunkRecord } from "../../src/core/record.ts";
import { passageRecord } from "../passage-record.ts";

const WORDS = 100;
const STRIDE = 75;

/** Largest file read, in bytes: larger ones are bundles and tables. */
const MAX_FILE_BYTES = 1_000_000;

/** Most passages of one file, so that no package fills the corpus alone. */
const MAX_PASSAGES = 400;

/** The first `count` passages. @throws Error when the installed packages hold fewer. */
export async function passages(count: number): Promise<ChunkRecord[]> {
  const root = join(import.meta.dir, "..", "..", "node_modules");
  const files = [...new Bun.Glob("**/*.{md,ts,cts,mts,js,mjs,cjs}").scanSync({ cwd: root, dot: false })].sort(byHash);
  const records: ChunkRecord[] = [];
  for (const path of files) {
    const file = Bun.file(join(root, path));
    if (file.size > MAX_FILE_BYTES) continue;
    const words = (await file.text()).toWellFormed().split(/\s+/);
    for (let seq = 0; seq < MAX_PASSAGES && seq * STRIDE < words.length; seq++) {
      if (records.length === count) return records;
      records.push(toRecord(path, seq, words.slice(seq * STRIDE, seq * STRIDE + WORDS)));
    }
  }
  throw new Error(`only ${records.length} passages of the ${count} wanted: run \`bun install\``);
}

/** Mixes the packages, the same way on every machine. */
function byHash(a: string, b: string): number {
  return Bun.hash.wyhash(a) < Bun.hash.wyhash(b) ? -1 : 1;
}

function toRecord(path: string, seq: number, words: string[]): ChunkRecord {
  const isProse = extname(path) === ".md";
  const [kind, lang] = isProse ? ["markdown", "en"] : ["code", "typescript"];
  return passageRecord({ root: "node_modules", path, kind, lang, seq, text: words.join(" "), tokens: words.length });
}
