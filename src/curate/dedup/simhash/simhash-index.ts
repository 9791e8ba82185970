/** The block-permuted index of SimHashes: each stands in one table for every choice of blocks that have to be equal. */
import { hasBit, readBits } from "../files/bits.ts";
import { sortRecords } from "../files/records.ts";
import type { GroupJob } from "../job.ts";
import type { Loaded } from "../load.ts";
import { openSource, type Plan } from "../plan.ts";
import { fmix32 } from "../text/mix.ts";
import { masksFor } from "./simhash.ts";

/** Two numbers of the key; rank; two numbers of the SimHash. */
export const SIMHASH_WORDS = 5;
const KEYS = 2;

/** The entries of all tables whose keys lie in the job's partition, sorted. */
export function loadSimhashes(plan: Plan, job: GroupJob): Loaded {
  const masks = masksFor(plan.settings.maxHamming);
  const step = 0x1_0000_0000 / job.partitions;
  const skipped = readBits(job.skip);
  let records = new Uint32Array(1_024 * SIMHASH_WORDS);
  let length = 0;
  let base = 0;
  for (const source of plan.sources) {
    using reader = openSource(source, "simhash", plan.settings);
    const removed = source.removedPath === undefined ? undefined : readBits(source.removedPath);
    for (const { records: block, count, words } of reader.blocks("simhash")) {
      for (let at = 0; at < count * words; at += words) {
        const document = block[at + 2]!;
        if (hasBit(skipped, base + document) || (removed && hasBit(removed, document))) continue;
        for (let table = 0; table < masks.length; table++) {
          const { high, low } = masks[table]!;
          const first = fmix32((block[at]! & high) ^ fmix32((block[at + 1]! & low) + table));
          if (Math.floor(first / step) !== job.partition) continue;
          if (length === records.length) records = doubled(records);
          records[length] = first;
          records[length + 1] = fmix32((block[at + 1]! & low) ^ fmix32((block[at]! & high) - table));
          records[length + 2] = base + document;
          records[length + 3] = block[at]!;
          records[length + 4] = block[at + 1]!;
          length += SIMHASH_WORDS;
        }
      }
    }
    base += source.documents;
  }
  const count = length / SIMHASH_WORDS;
  const sorted = sortRecords(records, new Uint32Array(records.length), SIMHASH_WORDS, count, KEYS);
  return { records: sorted, count, words: SIMHASH_WORDS, keys: KEYS };
}

function doubled(records: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(records.length * 2);
  larger.set(records);
  return larger;
}
