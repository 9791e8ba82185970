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
  /** The vector does not see the end of the passage. */
  truncated: boolean;
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
      .select(["id", "doc", "item", "content_hash", "truncated", "vector"])
      .toArrow();
    if (found.numRows === 0) continue;
    const [ids, docsOf, items, hashes] = ["id", "doc", "item", "content_hash"].map((name) => [...textsOf(found, name)]);
    const truncated = found.getChild("truncated")!;
    let row = 0;
    for (const vector of readVectors(found.getChild("vector")!, type)) {
      const cut = truncated.get(row) as boolean;
      const [id, doc, item, contentHash] = [ids![row]!, docsOf![row]!, items![row]!, hashes![row]!];
      rows.push({ id, doc, item, contentHash, truncated: cut, vector });
      row++;
    }
  }
  return rows;
}
