/** Some rows of a table by their ids: ids are hashes, so that the first of them are an even sample. */
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

/** At most so many rows with their vectors, by id: the same ones every time. */
export async function sampleOf(snapshot: Snapshot, rows: number): Promise<Sample> {
  const share = Math.min(1, (rows * MARGIN) / Math.max(1, snapshot.rows));
  const bound = Math.round(share * 2 ** 32);
  const records = await snapshot.recordsWhere(
    share < 1 ? `id < '${hex(bound)}'` : "id IS NOT NULL",
    Math.ceil(rows * MARGIN * MARGIN) + 100,
  );
  const first = records
    .map(({ id, path, title, startLine }) => ({ id, path, title, startLine }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, rows);
  const found = await snapshot.vectorsOf(first.map(({ id }) => id));
  // A passage whose vector is still to come has no place on a map.
  const places = first.filter(({ id }) => found.has(id));
  const dimension = found.values().next().value?.length ?? 0;
  const vectors = new Float32Array(places.length * dimension);
  for (const [row, { id }] of places.entries()) vectors.set(found.get(id)!, row * dimension);
  return { places, vectors, dimension };
}

/** As ids begin that are larger than the part of all possible ones. */
const hex = (bound: number) => bound.toString(16).padStart(8, "0");
