/** Reads damaged files of one format in reader processes, and tells what went wrong with the reader, not with the file. */
import { readdirSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Read } from "../../src/core/document.ts";
import type { ReaderPool } from "../../src/ingest/read.ts";
import { finishReads } from "../../src/ingest/reader/reader.ts";
import { damager, randomFrom } from "./mutate.ts";

export const FORMAT_FIXTURES = join(import.meta.dir, "..", "..", "fixtures", "formats");

export interface FuzzResult {
  documents: number;
  rejects: number;
  /** Files whose reader crashed, hung, took too much memory, or failed without a reason of its own. */
  failures: { seed: number; file: string; code: string; reason: string }[];
  /** Longest time that a file took, in milliseconds. */
  slowestMs: number;
}

/** Codes of rejects that tell of a fault of the reader. */
const FAULTS = new Set(["reader-crashed", "reader-timeout", "reader-memory", "unreadable", "invalid-document"]);

/** Reads `count` damaged files in a folder of its own; the file of seed n is the same in every run. */
export async function fuzz(
  format: string,
  { count, first = 1, folder, pool }: { count: number; first?: number; folder: string; pool: ReaderPool },
): Promise<FuzzResult> {
  const names = readdirSync(join(FORMAT_FIXTURES, format)).sort();
  const makers = await Promise.all(names.map((name) => damager(readFileSync(join(FORMAT_FIXTURES, format, name)))));
  const result: FuzzResult = { documents: 0, rejects: 0, failures: [], slowestMs: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const random = randomFrom(seed * 7_919);
    const which = Math.floor(random() * names.length);
    const path = join(folder, `${seed}-${names[which]}`);
    const sound = join(FORMAT_FIXTURES, format, names[which]!);
    await writeFile(path, makers[which]!(random));
    const start = performance.now();
    let reads = await readsOf(pool, format, path, names[which]!);
    if (reads.some(isLate)) {
      // Where the machine stood still, or started the reader slowly, a reader that stands ready is not late again.
      while ((await readsOf(pool, format, sound, names[which]!)).some(isLate));
      reads = await readsOf(pool, format, path, names[which]!);
    }
    for (const read of reads) {
      if ("document" in read) result.documents++;
      else {
        result.rejects++;
        const { code, reason } = read.reject;
        if (FAULTS.has(code)) result.failures.push({ seed, file: names[which]!, code, reason });
      }
    }
    result.slowestMs = Math.max(result.slowestMs, performance.now() - start);
    await rm(path);
  }
  return result;
}

function readsOf(pool: ReaderPool, format: string, path: string, uri: string): Promise<Read[]> {
  const options = { maxDocumentBytes: 10_000_000, statements: true };
  return Array.fromAsync(finishReads(pool.read({ path, uri, format, options })));
}

const isLate = (read: Read) => "reject" in read && read.reject.code === "reader-timeout";
