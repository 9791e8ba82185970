/** Loads a share of all signatures: the records of one column whose keys lie in one partition. */
import { hasBit, readBits } from "./files/bits.ts";
import type { Run } from "./files/record-file.ts";
import { sortRecords } from "./files/records.ts";
import type { GroupJob } from "./job.ts";
import { openSource, type Plan, type SignatureSource } from "./plan.ts";
import { type ColumnName, columns } from "./signatures.ts";

export interface Loaded {
  records: Uint32Array;
  count: number;
  words: number;
  keys: number;
}

/**
 * Sorted by key, then by rank, which replaces the document's number. `partitions` is a power of two. Documents that an
 * earlier stage settled are left out.
 */
export function loadPartition(plan: Plan, job: GroupJob): Loaded {
  const column: ColumnName = job.method;
  const { words, keys } = columns[column];
  const skipped = readBits(job.skip);
  const ranges = rangesOf(plan, column, job.partition, job.partitions);
  const room = ranges.reduce((sum, { first, end }) => sum + end - first, 0);
  const records = new Uint32Array(room * words);
  let length = 0;
  for (const { source, base, run, first, end } of ranges) {
    using reader = openSource(source, column, plan.settings);
    const removed = source.removedPath === undefined ? undefined : readBits(source.removedPath);
    reader.read(run, first, end, records, length);
    length = keep(records, length, length + (end - first) * words, words, keys, base, removed, skipped);
  }
  const count = length / words;
  return { records: sortRecords(records, new Uint32Array(length), words, count, keys), count, words, keys };
}

interface Range {
  source: SignatureSource;
  /** Rank of the source's first document. */
  base: number;
  run: Run;
  first: number;
  end: number;
}

function rangesOf(plan: Plan, column: ColumnName, partition: number, partitions: number): Range[] {
  const step = 0x1_0000_0000 / partitions;
  const ranges: Range[] = [];
  let base = 0;
  for (const source of plan.sources) {
    using reader = openSource(source, column, plan.settings);
    for (const run of reader.runs) {
      if (run.column !== column) continue;
      const [first, end] = reader.range(run, partition * step, (partition + 1) * step);
      if (end > first) ranges.push({ source, base, run, first, end });
    }
    base += source.documents;
  }
  return ranges;
}

/** Turns the documents of `records[from, to)` into ranks and closes the gaps of those left out; the new end. */
function keep(
  records: Uint32Array,
  from: number,
  to: number,
  words: number,
  keys: number,
  base: number,
  removed: Uint8Array | undefined,
  skipped: Uint8Array,
): number {
  let target = from;
  for (let at = from; at < to; at += words) {
    const document = records[at + keys]!;
    const rank = document + base;
    if (removed && hasBit(removed, document)) continue;
    if (hasBit(skipped, rank)) continue;
    if (target !== at) records.copyWithin(target, at, at + words);
    records[target + keys] = rank;
    target += words;
  }
  return target;
}

/** Records of a column in all sources, without loading them. */
export function countRecords(plan: Plan, column: ColumnName): number {
  let count = 0;
  for (const source of plan.sources) {
    using reader = openSource(source, column, plan.settings);
    for (const run of reader.runs) if (run.column === column) count += run.count;
  }
  return count;
}
