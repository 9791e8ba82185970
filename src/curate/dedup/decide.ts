/** Decides, in the order of ranks, which documents go: those with an edge to a document that stays. */
import { join } from "node:path";
import { Clusters } from "./clusters.ts";
import { bitsFor, hasBit, setBit } from "./files/bits.ts";
import { RecordReader, RecordWriter } from "./files/record-file.ts";
import { PAIRS } from "./group.ts";
import { type DocumentMethod, documentMethods } from "./job.ts";
import type { Plan } from "./plan.ts";
import { EDGE_WORDS, EDGES, putScore, scoreAt } from "./verify.ts";

/** Records (rank, rank of the partner, number of the method, score as two halves), in order of rank. */
const REMOVED = "removed";
const REMOVED_WORDS = 5;

export interface Removal {
  rank: number;
  partner: number;
  method: DocumentMethod;
  score: number;
}

export class Decision {
  readonly clusters: Clusters;
  /** By rank: copies of an earlier document's whole text, which take no part in further comparing. */
  readonly copies: Uint8Array;
  /** By rank less `plan.earlier`. */
  readonly removed: Uint8Array;
  readonly #plan: Plan;
  readonly #workDir: string;

  constructor(plan: Plan, workDir: string) {
    this.#plan = plan;
    this.#workDir = workDir;
    const all = plan.earlier + plan.documents;
    this.clusters = new Clusters(all);
    this.copies = bitsFor(all);
    this.removed = bitsFor(plan.documents);
  }

  /** Takes the pairs of one partition of `exact`; the partner is the first of its set in rank. */
  addCopies(path: string): void {
    using reader = new RecordReader<null>(path);
    for (const { records, count, words } of reader.blocks(PAIRS)) {
      for (let at = 0; at < count * words; at += words) {
        this.clusters.parents[records[at]!] = records[at + 1]!;
        setBit(this.copies, records[at]!);
      }
    }
  }

  /** Decides about all documents; `edges` has the files of each method in the order of ranks. */
  decide(edges: readonly { method: DocumentMethod; paths: readonly string[] }[]): void {
    this.#decideDifferent(edges);
    this.#decideCopies();
  }

  /** All removals in order of rank. */
  *removals(): Generator<Removal, void, undefined> {
    using reader = new RecordReader<null>(join(this.#workDir, "removed.rec"));
    for (const { records, count, words } of reader.blocks(REMOVED)) {
      for (let at = 0; at < count * words; at += words) yield removalAt(records, at);
    }
  }

  #decideDifferent(edges: readonly { method: DocumentMethod; paths: readonly string[] }[]): void {
    const writer = new RecordWriter<null>(join(this.#workDir, "different.rec"), 1 << 20, false);
    const column = writer.column(REMOVED, REMOVED_WORDS, 0);
    const cursors = edges.map(({ method, paths }) => new EdgeCursor(method, paths));
    for (;;) {
      const rank = Math.min(...cursors.map((cursor) => cursor.rank));
      if (rank === Number.POSITIVE_INFINITY) break;
      let best: Removal | undefined;
      for (const cursor of cursors) {
        const found = this.#bestOf(cursor, rank);
        best ??= found;
      }
      if (best) this.#write(column, best);
    }
    writer.finish(null);
  }

  /** The kept partner with the highest score, the first in rank of equal ones; all edges of `rank` are consumed. */
  #bestOf(cursor: EdgeCursor, rank: number): Removal | undefined {
    let best: Removal | undefined;
    for (; cursor.rank === rank; cursor.advance()) {
      const { partner, score, method } = cursor;
      this.clusters.join(rank, partner);
      if (this.#isRemoved(partner) || (best && best.score >= score)) continue;
      best = { rank, partner, score, method };
    }
    return best;
  }

  #isRemoved(rank: number): boolean {
    return rank >= this.#plan.earlier && hasBit(this.removed, rank - this.#plan.earlier);
  }

  #write(column: { records: Uint32Array; next(): number }, { rank, partner, method, score }: Removal): void {
    const at = column.next();
    column.records[at] = rank;
    column.records[at + 1] = partner;
    column.records[at + 2] = documentMethods.indexOf(method);
    putScore(column.records, at + 3, score);
    setBit(this.removed, rank - this.#plan.earlier);
  }

  /** A copy goes to its original or, where that was removed, to what the original was removed for: the texts are equal. */
  #decideCopies(): void {
    const writer = new RecordWriter<null>(join(this.#workDir, "removed.rec"), 1 << 20, false);
    const column = writer.column(REMOVED, REMOVED_WORDS, 0);
    using reader = new RecordReader<null>(join(this.#workDir, "different.rec"));
    const { earlier, documents } = this.#plan;
    const all = earlier + documents;
    let done = earlier;
    const copiesUpTo = (end: number) => {
      for (; done < end; done++) {
        if (!hasBit(this.copies, done)) continue;
        const head = this.clusters.parents[done]!;
        const removal = this.#isRemoved(head)
          ? find(reader, head)
          : { partner: head, score: 1, method: "exact" as const };
        this.#write(column, { ...removal, rank: done });
      }
    };
    for (const { records, count, words } of reader.blocks(REMOVED)) {
      for (let at = 0; at < count * words; at += words) {
        const removal = removalAt(records, at);
        copiesUpTo(removal.rank);
        this.#write(column, removal);
      }
    }
    copiesUpTo(all);
    writer.finish(null);
  }
}

function removalAt(records: Uint32Array, at: number): Removal {
  const method = documentMethods[records[at + 2]!]!;
  return { rank: records[at]!, partner: records[at + 1]!, method, score: scoreAt(records, at + 3) };
}

function find(reader: RecordReader<null>, rank: number): Removal {
  const record = new Uint32Array(REMOVED_WORDS);
  for (const run of reader.runs) {
    const [first, end] = reader.range(run, rank, rank + 1);
    if (first === end) continue;
    reader.read(run, first, end, record, 0);
    return removalAt(record, 0);
  }
  throw new Error(`internal error: document ${rank} was removed without a reason (please report this)`);
}

/** Reads the edges of one method, file after file. */
class EdgeCursor {
  readonly method: DocumentMethod;
  rank = Number.POSITIVE_INFINITY;
  partner = 0;
  score = 0;
  readonly #edges: Generator<void, void, undefined>;

  constructor(method: DocumentMethod, paths: readonly string[]) {
    this.method = method;
    this.#edges = this.#read(paths);
    this.advance();
  }

  advance(): void {
    if (this.#edges.next().done) this.rank = Number.POSITIVE_INFINITY;
  }

  *#read(paths: readonly string[]): Generator<void, void, undefined> {
    for (const path of paths) {
      using reader = new RecordReader<unknown>(path);
      for (const { records, count } of reader.blocks(EDGES)) {
        for (let at = 0; at < count * EDGE_WORDS; at += EDGE_WORDS) {
          this.rank = records[at]!;
          this.partner = records[at + 1]!;
          this.score = scoreAt(records, at + 2);
          yield;
        }
      }
    }
  }
}
