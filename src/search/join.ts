/** Passages that stand side by side in a document and were both found become one hit. */
import type { ChunkRecord } from "../core/record.ts";
import { stitched } from "./stitch.ts";

/** Rows from the front of a ranking that are looked at; those behind stand alone. */
const REACH = 50;

/** Most passages in one hit. */
const MOST = 3;

/** A row of the ranking with what it shows. */
export interface Shown<T> {
  row: T;
  /** That of the row; joined, its text and lines are those of all its passages, in the document's order. */
  record: ChunkRecord;
  /** The passages that were joined, in the document's order. */
  passages?: ChunkRecord[];
}

/** Rows that must be known for `k` hits: all that may be joined to one of them, and as many as are left of these at least. */
export function rowsToJoin(k: number): number {
  return Math.max(REACH, k + REACH - Math.ceil(REACH / MOST));
}

/**
 * A row whose neighbour in the same document stands before it in the ranking goes to that one, at most three together.
 * The hit keeps the id, place and score of its best row, so fewer hits than rows may come out. The first hits are the
 * same however many are asked for.
 *
 * @param joining names of the tables whose rows may be joined
 */
export function joinNeighbours<T extends { id: string }>(
  rows: readonly T[],
  recordOf: (row: T) => { record: ChunkRecord; table: string },
  joining: ReadonlySet<string>,
): Shown<T>[] {
  const hits: { row: T; record: ChunkRecord; passages: ChunkRecord[] }[] = [];
  const hitAt = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const { record, table } = recordOf(row);
    const at = (seq: number) => JSON.stringify([table, record.doc, seq]);
    let hit: number | undefined;
    if (index < REACH && joining.has(table)) {
      const beside = [hitAt.get(at(record.seq - 1)), hitAt.get(at(record.seq + 1))];
      const open = beside.filter((one) => one !== undefined && hits[one]!.passages.length < MOST) as number[];
      if (open.length > 0) hit = Math.min(...open);
    }
    if (hit === undefined) hit = hits.push({ row, record, passages: [] }) - 1;
    hits[hit]!.passages.push(record);
    hitAt.set(at(record.seq), hit);
  }
  return hits.map(({ row, record, passages }) => {
    if (passages.length === 1) return { row, record };
    passages.sort((a, b) => a.seq - b.seq);
    return { row, record: joined(record, passages), passages };
  });
}

function joined(best: ChunkRecord, passages: readonly ChunkRecord[]): ChunkRecord {
  const first = passages[0]!;
  const last = passages.at(-1)!;
  return {
    ...best,
    ...stitched(passages),
    page: first.page,
    start: first.start,
    end: last.end,
    tokens: passages.reduce((sum, { tokens }) => sum + tokens, 0),
    truncated: passages.some(({ truncated }) => truncated),
  };
}
