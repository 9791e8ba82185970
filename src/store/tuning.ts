/** How a table's vectors are searched where that was measured: kept with the column itself, version by version. */
import type { Arrow } from "../core/arrow.ts";
import type { LanceDB } from "./lancedb.ts";

/** Kinds of vector indices, as LanceDB names them. */
export const VECTOR_INDICES = ["IVF_RQ", "IVF_FLAT", "IVF_PQ", "IVF_HNSW_SQ"] as const;
export type VectorIndex = (typeof VECTOR_INDICES)[number];

/** The parameters of one search; what is left out is LanceDB's own choice. */
export interface VectorSearch {
  index: VectorIndex | "exact";
  /** Parts of the index that are looked into. */
  nprobes?: number;
  /** Candidates per hit that are scored again with the stored vectors. */
  refineFactor?: number;
  /** Candidates that a graph keeps while it is walked. */
  ef?: number;
}

/** What `mdp index tune` found. */
export interface Tuning extends VectorSearch {
  /** Share of the ten nearest that it found. */
  recall: number;
  /** Rows when it was measured. */
  rows: number;
}

const METADATA_TUNING = "mdp:tuning";

/** The saved search of a table, undefined where none was measured. */
export function tuningOf({ fields }: Arrow.Schema): Tuning | undefined {
  const text = fields.find(({ name }) => name === "vector")?.metadata.get(METADATA_TUNING);
  return text === undefined ? undefined : (JSON.parse(text) as Tuning);
}

/** A table that has grown by more than this since is another one: what was quick then need not find enough now. */
const GROWTH = 4;

/** The saved search while it holds for a table of so many rows, else undefined. */
export function holding(tuning: Tuning | undefined, rows: number): Tuning | undefined {
  return tuning && rows <= tuning.rows * GROWTH ? tuning : undefined;
}

/** Saves it as a new version of the table; null takes it away. */
export async function saveTuning(table: LanceDB.Table, tuning: Tuning | null): Promise<void> {
  const value = tuning === null ? null : JSON.stringify(tuning);
  await table.updateFieldMetadata([{ path: "vector", metadata: { [METADATA_TUNING]: value } }]);
}

/** LanceDB's name in lists (`IvfRq`, `FTS`) as it stands in its documentation (`IVF_RQ`). */
export function indexType(type: string): string {
  return type
    .replace(/^Ivf/, "IVF_")
    .replace(/Hnsw/, "HNSW_")
    .replace(/(Rq|Pq|Sq|Flat)$/, (name) => name.toUpperCase());
}
