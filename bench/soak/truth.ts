/** What a table should hold, kept by hand beside it: the records, their vectors, and what a search must find. */
import type { ChunkRecord } from "../../src/core/record.ts";
import { DIMENSION, vectorsFrom } from "../scale/vectors.ts";

export interface Row {
  record: ChunkRecord;
  vector: Float32Array;
  /** Text, title and path in lower case. */
  searched: string;
}

const TOKEN = /[\p{L}\p{N}]+/gu;

function searchedOf({ text, title, path }: ChunkRecord): string {
  return `${text}\n${title}\n${path}`.toLowerCase();
}

/** Rows by document. */
export class Truth {
  readonly docs = new Map<string, Row[]>();
  #nextVector = 0;

  get rows(): Row[] {
    return [...this.docs.values()].flat();
  }

  get size(): number {
    let count = 0;
    for (const rows of this.docs.values()) count += rows.length;
    return count;
  }

  /** Rows for these records: one with the content of an earlier row of theirs has its vector, others a new one. */
  rowsFor(records: readonly ChunkRecord[], earlier: readonly Row[] = []): Row[] {
    const known = new Map(earlier.map(({ record, vector }) => [record.contentHash, vector]));
    return records.map((record) => {
      const vector = known.get(record.contentHash) ?? vectorsFrom(this.#nextVector++, 1);
      return { record, vector, searched: searchedOf(record) };
    });
  }

  /** Ids of the `k` rows with the largest dot products, and the score of the last. */
  nearest(question: Float32Array, k: number): { ids: string[]; last: number } {
    const best: { id: string; score: number }[] = [];
    for (const rows of this.docs.values()) {
      for (const { record, vector } of rows) {
        let score = 0;
        for (let i = 0; i < DIMENSION; i++) score += question[i]! * vector[i]!;
        if (best.length === k && score <= best[k - 1]!.score) continue;
        best.push({ id: record.id, score });
        best.sort((a, b) => b.score - a.score);
        best.length = Math.min(best.length, k);
      }
    }
    return { ids: best.map(({ id }) => id), last: best.at(-1)?.score ?? 0 };
  }

  /** Ids of the rows that hold a word. */
  holding(word: string): Set<string> {
    const ids = new Set<string>();
    for (const rows of this.docs.values()) {
      for (const { record, searched } of rows) if (searched.includes(word)) ids.add(record.id);
    }
    return ids;
  }

  /**
   * Words that are nowhere a part of another, and that share their first half with no other: no stemming, and no
   * splitting or joining of identifiers, and no accent, can make more of them than what the text holds. Frequent and rare ones,
   * `count` in all.
   */
  countableWords(count: number): string[] {
    const frequency = new Map<string, number>();
    for (const { searched } of this.rows) {
      for (const token of new Set(searched.match(TOKEN))) frequency.set(token, (frequency.get(token) ?? 0) + 1);
    }
    const byStart = new Map<string, number>();
    for (const token of frequency.keys()) {
      for (let length = 3; length <= token.length; length++) {
        const start = token.slice(0, length);
        byStart.set(start, (byStart.get(start) ?? 0) + 1);
      }
    }
    const alone = [...frequency]
      .filter(
        ([token]) => /^[a-z]{6,12}$/.test(token) && byStart.get(token.slice(0, Math.max(3, token.length >> 1))) === 1,
      )
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const inside = [...frequency.keys()].join(" ");
    const text = this.rows.map(({ searched }) => searched).join(" ");
    const joined = text.normalize("NFKD").replace(/[^a-z0-9\s]/g, "");
    const chosen: string[] = [];
    for (let i = 0; i < alone.length && chosen.length < count; i = Math.ceil(i * 1.3) + 1) {
      const word = alone[i]![0];
      const isPart = inside.indexOf(word) !== inside.lastIndexOf(word);
      const standing = text.match(new RegExp(`(?<![a-z0-9])${word}(?![a-z0-9])`, "g"))?.length;
      if (!isPart && joined.split(word).length - 1 === standing) chosen.push(word);
    }
    return chosen;
  }
}
