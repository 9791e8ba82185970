/** Reading what is stored of documents. */
import type { Arrow } from "../core/arrow.ts";
import { textsOf } from "./columns.ts";
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
  vector: Float32Array;
}

/** The stored passages of these documents that have a vector, in no order. */
export async function priorChunks(
  table: LanceDB.Table,
  docs: readonly string[],
  type: VectorType,
): Promise<PriorChunk[]> {
  const rows: PriorChunk[] = [];
  for (const part of slices(docs, DOCS_PER_QUERY)) {
    const found: Arrow.Table = await table
      .query()
      .where(`${isIn("doc", part)} AND vector IS NOT NULL`)
      .select(["id", "doc", "item", "content_hash", "vector"])
      .toArrow();
    if (found.numRows === 0) continue;
    const [ids, docsOf, items, hashes] = ["id", "doc", "item", "content_hash"].map((name) => [...textsOf(found, name)]);
    let row = 0;
    for (const vector of readVectors(found.getChild("vector")!, type)) {
      rows.push({ id: ids![row]!, doc: docsOf![row]!, item: items![row]!, contentHash: hashes![row]!, vector });
      row++;
    }
  }
  return rows;
}
