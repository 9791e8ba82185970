/** Candidates: pairs of documents that share a key. */
import type { GroupJob } from "./job.ts";
import { type Loaded, loadPartition } from "./load.ts";
import type { Plan } from "./plan.ts";
import { RecordWriter } from "./record-file.ts";
import { forEachGroup } from "./records.ts";

/** Records (rank, rank of the partner, 1), the partner first in rank. */
export const PAIRS = "pairs";
export const PAIR_WORDS = 3;

/**
 * A document of a large group is paired with this many of the group's first documents, and with as many that come
 * just before it. True copies share further keys in smaller groups; text that all of a site's pages share does not.
 */
export const PARTNERS = 4;

export function group(plan: Plan, job: GroupJob): void {
  const loaded = loadPartition(plan, job.workDir, job.method, job.partition, job.partitions, job.method !== "exact");
  const writer = new RecordWriter<null>(job.out, Math.min(32 << 20, plan.jobBytes / 16));
  const pairs = writer.column(PAIRS, PAIR_WORDS, 2);
  const add = (rank: number, partner: number) => {
    // A run has no new documents to remove among those of earlier ones.
    if (rank < plan.earlier || rank === partner) return;
    const at = pairs.next();
    pairs.records[at] = rank;
    pairs.records[at + 1] = partner;
    pairs.records[at + 2] = 1;
  };
  if (job.method === "exact") pairWithFirst(loaded, add);
  else pairNeighbours(loaded, add);
  writer.finish(null);
}

type Add = (rank: number, partner: number) => void;

/** Equal keys are equal texts: all are copies of the first. */
function pairWithFirst({ records, words, count, keys }: Loaded, add: Add): void {
  forEachGroup(records, words, count, keys, (first, end) => {
    const head = records[first * words + keys]!;
    for (let i = first + 1; i < end; i++) add(records[i * words + keys]!, head);
  });
}

function pairNeighbours({ records, words, count, keys }: Loaded, add: Add): void {
  const rankAt = (index: number) => records[index * words + keys]!;
  forEachGroup(records, words, count, keys, (first, end) => {
    for (let i = first + 1; i < end; i++) {
      const rank = rankAt(i);
      for (let j = first; j < Math.min(i, first + PARTNERS); j++) add(rank, rankAt(j));
      for (let j = Math.max(first + PARTNERS, i - PARTNERS); j < i; j++) add(rank, rankAt(j));
    }
  });
}
