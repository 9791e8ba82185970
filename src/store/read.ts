/** Reading what is stored of documents. */
import type { Arrow } from "../core/arrow.ts";
import type { LanceDB } from "./lancedb.ts";
import { isIn, slices } from "./sql.ts";
import { readVectors, type VectorType } from "./vector-types.ts";

/** Documents in one `IN (…)`. */
const DOCS_PER_QUERY = 500;

/** What is stored of a passage, for reuse of its vector. */
export interface PriorChunk {
  id: string;
  doc: string;
  item: string;
  contentHash: string;
  /** The vector does not see the end of the passage. */
  truncated: boolean;
  vector: Float32Array;
}

/** The stored passages of these documents that have a vector, in no order; with `hashes` only those with one of them. */
export async function priorChunks(
  table: LanceDB.Table,
  docs: readonly string[],
  type: VectorType,
  hashes?: ReadonlySet<string>,
): Promise<PriorChunk[]> {
  const rows: PriorChunk[] = [];
  for (const part of slices(docs, DOCS_PER_QUERY)) {
    const query = table
      .query()
      .where(`${isIn("doc", part)} AND vector IS NOT NULL`)
      .select(["id", "doc", "item", "content_hash", "truncated", "vector"]);
    for await (const batch of query) {
      for (const row of rowsOf(batch, type)) if (hashes === undefined || hashes.has(row.contentHash)) rows.push(row);
    }
  }
  return rows;
}

function* rowsOf(batch: Arrow.RecordBatch, type: VectorType): Generator<PriorChunk> {
  const [id, doc, item, hash, truncated, vectors] = ["id", "doc", "item", "content_hash", "truncated", "vector"].map(
    (name) => batch.getChild(name)!,
  );
  let row = 0;
  for (const vector of readVectors(vectors!, type)) {
    yield {
      id: id!.get(row),
      doc: doc!.get(row),
      item: item!.get(row),
      contentHash: hash!.get(row),
      truncated: truncated!.get(row),
      vector,
    };
    row++;
  }
}
