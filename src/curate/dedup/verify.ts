/** Comparing candidates by their texts: what is close enough becomes an edge, with its exact score. */

import type { DedupSettings } from "./config.ts";
import { RecordWriter } from "./files/record-file.ts";
import { PAIR_WORDS } from "./group.ts";
import type { DedupTexts, VerifyJob } from "./job.ts";
import { type Plan, toDocument } from "./plan.ts";
import { Recent } from "./recent.ts";
import { loadRanks } from "./slices.ts";
import { containment, jaccard, shingleSet } from "./text/shingles.ts";
import { Words } from "./text/words.ts";

/** Records (rank, rank of the partner, score as two halves of a 64-bit number), in order of rank and partner. */
export const EDGES = "edges";
export const EDGE_WORDS = 4;

export interface EdgeMeta {
  /** Pairs that were compared, and pairs of which a text was missing. */
  compared: number;
  unverified: number;
}

const score = new Float64Array(1);
const scoreHalves = new Uint32Array(score.buffer);

/** The score that the two halves at `at` hold. */
export function scoreAt(records: Uint32Array, at: number): number {
  scoreHalves[0] = records[at]!;
  scoreHalves[1] = records[at + 1]!;
  return score[0]!;
}

export function putScore(records: Uint32Array, at: number, value: number): void {
  score[0] = value;
  records[at] = scoreHalves[0]!;
  records[at + 1] = scoreHalves[1]!;
}

/** Returns the bytes of the arrays that it took. */
export function verify(plan: Plan, job: VerifyJob, texts: DedupTexts): number {
  const { settings } = plan;
  // A pair stands there once for each key that it shares.
  const { records } = loadRanks(job.inputs, job, PAIR_WORDS);
  const count = records.length / PAIR_WORDS;
  const writer = new RecordWriter<EdgeMeta>(job.out, Math.min(8 << 20, plan.jobBytes / 16), false);
  const edges = writer.column(EDGES, EDGE_WORDS, 0);
  const sets = recentSets(plan, texts);
  const measure = settings.verify === "containment" ? containment : jaccard;
  const meta: EdgeMeta = { compared: 0, unverified: 0 };
  for (let first = 0; first < count; ) {
    const at = first * PAIR_WORDS;
    const rank = records[at]!;
    const partner = records[at + 1]!;
    let end = first + 1;
    while (end < count && records[end * PAIR_WORDS] === rank && records[end * PAIR_WORDS + 1] === partner) end++;
    let value: number | undefined;
    if (settings.verify === "none") {
      value = estimate(settings, job.method, end - first, records[at + 2]!);
    } else {
      const a = sets.get(rank);
      const b = a && sets.get(partner);
      if (a && b) value = measure(a, b);
    }
    first = end;
    if (value === undefined) {
      meta.unverified++;
      continue;
    }
    meta.compared++;
    if (settings.verify !== "none" && value < settings.threshold) continue;
    const edge = edges.next();
    edges.records[edge] = rank;
    edges.records[edge + 1] = partner;
    putScore(edges.records, edge + 2, value);
  }
  writer.finish(meta);
  return records.byteLength * 2 + sets.bytes;
}

/** The similarity at which as many keys are expected to be equal, or as few bits to differ. */
function estimate(
  { bands, rows }: DedupSettings,
  method: VerifyJob["method"],
  sharedKeys: number,
  differing: number,
): number {
  return method === "simhash" ? 1 - differing / 64 : Math.min(1, sharedKeys / bands) ** (1 / rows);
}

/** N-gram sets of documents, by rank; undefined where the text cannot be had. */
function recentSets(plan: Plan, texts: DedupTexts): Recent<Float64Array | undefined> {
  const words = new Words(plan.settings.normalize);
  const setOf = (rank: number): Float64Array | undefined => {
    const text = texts.text(toDocument(plan, rank));
    if (text === undefined) return undefined;
    words.split(text);
    return shingleSet(words, plan.settings.ngramWords);
  };
  return new Recent(plan.jobBytes / 8, setOf, (set) => set?.byteLength ?? 0);
}
