/** The nearest rows of a table to a vector, by any layout and any index. */
import type { Arrow } from "../core/arrow.ts";
import type { LanceDB } from "./lancedb.ts";
import type { VectorSearch } from "./tuning.ts";
import { readVectors, signBits, type VectorLayout } from "./vector-types.ts";

/** Distances of a query's rows: what is searched, and how. */
export interface Nearest {
  vector: Float32Array;
  limit: number;
  /** A condition in LanceDB's SQL. */
  where?: string | undefined;
}

/** Candidates per hit, where nothing says how many. */
const RESCORED = 10;

/** Mean of the cosine between a vector and its signs, of many values: what makes scores of signs comparable. */
const COSINE_OF_SIGNS = Math.sqrt(2 / Math.PI);

/** LanceDB's query for the rows; of sign bits for the candidates that `scoreRows` scores. */
export function nearestQuery(
  table: LanceDB.Table,
  layout: VectorLayout,
  { vector, limit, where }: Nearest,
  search: VectorSearch,
): LanceDB.VectorQuery {
  const exactly = layout.distance === "cosine";
  const refine = search.refineFactor ?? RESCORED;
  let query = table
    .query()
    .nearestTo(exactly ? vector : signBits(vector))
    .column(layout.searched)
    // Its types do not know of distances between bits.
    .distanceType(layout.distance as "cosine");
  if (search.index === "exact") query = query.bypassVectorIndex();
  if (search.nprobes !== undefined) query = query.nprobes(search.nprobes);
  // A graph refuses to keep fewer candidates than it is asked for.
  if (search.ef !== undefined) query = query.ef(Math.max(search.ef, limit * refine));
  if (where !== undefined) query = query.where(where);
  if (exactly) return query.refineFactor(refine).select(["id", "_distance"]).withRowId().limit(limit);
  return query
    .select(["id", "vector", "_distance"])
    .withRowId()
    .limit(limit * refine);
}

/** The cosine of each row that a query of `nearestQuery` gave; of sign bits an estimate, which is at most 1. */
export function scoreRows(rows: Arrow.Table, layout: VectorLayout, query: Float32Array): Float64Array {
  const scores = new Float64Array(rows.numRows);
  if (rows.numRows === 0) return scores;
  if (layout.distance === "cosine") {
    const distances = rows.getChild("_distance")!;
    return scores.map((_, row) => 1 - (distances.get(row) as number));
  }
  let row = 0;
  const length = Math.sqrt(dot(query, query)) * (layout.type === "binary" ? COSINE_OF_SIGNS : 1);
  for (const vector of readVectors(rows.getChild("vector")!, layout.type)) {
    scores[row++] = Math.max(-1, Math.min(1, dot(query, vector) / length));
  }
  return scores;
}

/** Sum of the products of two vectors of equal length. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
