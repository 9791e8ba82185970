/** Candidates: pairs of documents, or of places in documents, that share a key. */

import { RecordWriter } from "./files/record-file.ts";
import { forEachGroup } from "./files/records.ts";
import type { GroupJob } from "./job.ts";
import { type Loaded, loadPartition } from "./load.ts";
import type { Plan } from "./plan.ts";
import { differingBits } from "./simhash/simhash.ts";
import { loadSimhashes } from "./simhash/simhash-index.ts";

/** Records (rank, rank of the partner, weight): 1 for each shared band, or the bits in which SimHashes differ. */
export const PAIRS = "pairs";
export const PAIR_WORDS = 3;

/** Records (rank, place, rank of the partner, its place): sentences or words, the partner's the earlier occurrence. */
export const PLACES = "places";
export const PLACE_WORDS = 4;

/**
 * A document of a large group is paired with this many of the group's first documents, and with as many that come
 * just before it. True copies share further keys in smaller groups; text that all of a site's pages share does not.
 */
export const PARTNERS = 4;
/** SimHashes of a group that one is compared with from its start, and as many from itself back. */
const SIMHASH_REACH = 512;

/** Returns the bytes of the arrays that it took. */
export function group(plan: Plan, job: GroupJob): number {
  const writer = new RecordWriter<null>(job.out, Math.min(32 << 20, plan.jobBytes / 16), false);
  const isPart = job.method === "sentences" || job.method === "substring";
  const { records } = isPart ? groupPlaces(plan, job, writer) : groupDocuments(plan, job, writer);
  writer.finish(null);
  // They were sorted into a second array.
  return records.byteLength * 2;
}

function groupDocuments(plan: Plan, job: GroupJob, writer: RecordWriter<null>): Loaded {
  const pairs = writer.column(PAIRS, PAIR_WORDS, 2);
  const add = (rank: number, partner: number, weight: number) => {
    // Documents of earlier corpora stay where they are.
    if (rank < plan.earlier || rank === partner) return;
    const at = pairs.next();
    pairs.records[at] = rank;
    pairs.records[at + 1] = partner;
    pairs.records[at + 2] = weight;
  };
  if (job.method === "simhash") {
    const loaded = loadSimhashes(plan, job);
    pairSimilar(loaded, plan.settings.maxHamming, add);
    return loaded;
  }
  const loaded = loadPartition(plan, job);
  const { records, words, keys } = loaded;
  const rankAt = (index: number) => records[index * words + keys]!;
  // Equal texts are all copies of the first.
  if (job.method === "exact") withFirst(loaded, (i, first) => add(rankAt(i), rankAt(first), 1));
  else withNeighbours(loaded, (i, j) => add(rankAt(i), rankAt(j), 1));
  return loaded;
}

function groupPlaces(plan: Plan, job: GroupJob, writer: RecordWriter<null>): Loaded {
  const places = writer.column(PLACES, PLACE_WORDS, 2);
  const loaded = loadPartition(plan, job);
  const { records, words, keys } = loaded;
  const add = (i: number, j: number) => {
    const later = i * words + keys;
    const earlier = j * words + keys;
    if (records[later]! < plan.earlier) return;
    const at = places.next();
    places.records[at] = records[later]!;
    places.records[at + 1] = records[later + 1]!;
    places.records[at + 2] = records[earlier]!;
    places.records[at + 3] = records[earlier + 1]!;
  };
  // A span's key is all of it; an anchor's is only a part of the run that it may lie in.
  if (job.method === "sentences") withFirst(loaded, add);
  else withNeighbours(loaded, add);
  return loaded;
}

type Visit = (index: number, earlier: number) => void;

function withFirst({ records, words, count, keys }: Loaded, visit: Visit): void {
  forEachGroup(records, words, count, keys, (first, end) => {
    for (let i = first + 1; i < end; i++) visit(i, first);
  });
}

function withNeighbours({ records, words, count, keys }: Loaded, visit: Visit): void {
  forEachGroup(records, words, count, keys, (first, end) => {
    for (let i = first + 1; i < end; i++) {
      for (let j = first; j < Math.min(i, first + PARTNERS); j++) visit(i, j);
      for (let j = Math.max(first + PARTNERS, i - PARTNERS); j < i; j++) visit(i, j);
    }
  });
}

/** Pairs that differ in few bits; for each document the first and the nearest few. */
function pairSimilar(
  { records, words, count, keys }: Loaded,
  maxHamming: number,
  add: (rank: number, partner: number, weight: number) => void,
): void {
  const pairIfClose = (i: number, j: number): boolean => {
    const a = i * words + keys;
    const b = j * words + keys;
    const bits = differingBits(records[a + 1]!, records[b + 1]!) + differingBits(records[a + 2]!, records[b + 2]!);
    if (bits <= maxHamming) add(records[a]!, records[b]!, bits);
    return bits <= maxHamming;
  };
  forEachGroup(records, words, count, keys, (first, end) => {
    for (let i = first + 1; i < end; i++) {
      let found = 0;
      let j = first;
      for (; j < Math.min(i, first + SIMHASH_REACH) && found < PARTNERS; j++) if (pairIfClose(i, j)) found++;
      const border = Math.max(j, i - SIMHASH_REACH);
      found = 0;
      for (let k = i - 1; k >= border && found < PARTNERS; k--) if (pairIfClose(i, k)) found++;
    }
  });
}
