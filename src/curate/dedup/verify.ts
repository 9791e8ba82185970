/** Comparing candidates by their texts: what is close enough becomes an edge, with its exact score. */

import type { DedupSettings } from "./config.ts";
import { RecordWriter } from "./files/record-file.ts";
import { PAIR_WORDS } from "./group.ts";
import type { DedupTexts, VerifyJob } from "./job.ts";
import { type Plan, toDocument } from "./plan.ts";
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
  const sets = new Sets(plan, texts, plan.jobBytes / 8);
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
      const a = sets.of(rank);
      const b = a && sets.of(partner);
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

/** N-gram sets of documents, by rank; those that were used longest ago are dropped when there is no room. */
class Sets {
  readonly #plan: Plan;
  readonly #texts: DedupTexts;
  readonly #limit: number;
  readonly #words: Words;
  readonly #kept = new Map<number, Float64Array | undefined>();
  #bytes = 0;

  /** Bytes of the sets that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  constructor(plan: Plan, texts: DedupTexts, limitBytes: number) {
    this.#plan = plan;
    this.#texts = texts;
    this.#limit = limitBytes;
    this.#words = new Words(plan.settings.normalize);
  }

  of(rank: number): Float64Array | undefined {
    let set = this.#kept.get(rank);
    if (set !== undefined || this.#kept.has(rank)) {
      this.#kept.delete(rank);
      this.#kept.set(rank, set);
      return set;
    }
    const text = this.#texts.text(toDocument(this.#plan, rank));
    if (text !== undefined) {
      this.#words.split(text);
      set = shingleSet(this.#words, this.#plan.settings.ngramWords);
    }
    this.#kept.set(rank, set);
    this.#bytes += cost(set);
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#limit || oldest === rank) break;
      this.#kept.delete(oldest);
      this.#bytes -= cost(old);
    }
    return set;
  }
}

function cost(set: Float64Array | undefined): number {
  return 200 + (set?.byteLength ?? 0);
}
