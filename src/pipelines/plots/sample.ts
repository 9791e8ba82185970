/** Rows of a table in parts by their ids: ids are hashes, so that any stretch of them is an even sample. */
import type { ChunkRecord } from "../../core/record.ts";
import type { Snapshot } from "../../store/store.ts";

export interface Sample {
  places: Pick<ChunkRecord, "id" | "path" | "title" | "startLine">[];
  /** Row-major `[rows, dimension]`. */
  vectors: Float32Array;
  dimension: number;
}

/** How many more rows than wanted are looked for, since a share of ids is not exactly that share of rows. */
const MARGIN = 1.2;
/** Records that are in memory together. */
const ROWS_TOGETHER = 10_000;

/** At most so many rows with their vectors, by id: the same ones every time. */
export async function sampleOf(snapshot: Snapshot, rows: number): Promise<Sample> {
  const share = Math.min(1, (rows * MARGIN) / Math.max(1, snapshot.rows));
  const records = await snapshot.recordsWhere(between(0, share), Math.ceil(rows * MARGIN * MARGIN) + 100);
  const places = records
    .map(({ id, path, title, startLine }) => ({ id, path, title, startLine }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, rows);
  const found = await snapshot.vectorsOf(places.map(({ id }) => id));
  const dimension = found.values().next().value?.length ?? 0;
  const vectors = new Float32Array(places.length * dimension);
  for (const [row, { id }] of places.entries()) vectors.set(found.get(id)!, row * dimension);
  return { places, vectors, dimension };
}

/** Every record of a table, some thousands at a time. */
export async function* allRecords(snapshot: Snapshot): AsyncGenerator<ChunkRecord> {
  const parts = Math.max(1, Math.ceil((snapshot.rows * MARGIN) / ROWS_TOGETHER));
  for (let part = 0; part < parts; part++) {
    yield* await snapshot.recordsWhere(between(part / parts, (part + 1) / parts), snapshot.rows + 1);
  }
}

/** The condition for ids from one share of all possible ones to another. */
function between(from: number, to: number): string {
  const bound = (share: number) =>
    Math.round(share * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  const conditions = [...(from > 0 ? [`id >= '${bound(from)}'`] : []), ...(to < 1 ? [`id < '${bound(to)}'`] : [])];
  return conditions.join(" AND ") || "id IS NOT NULL";
}
