/** Rows whose text was written before their vector was made: full text finds them, a search by vectors does not. */
import { textsOf } from "./columns.ts";
import type { LanceDB } from "./lancedb.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { fromTable, toTable } from "./records.ts";
import { recordColumns } from "./schema.ts";
import { isIn, slices } from "./sql.ts";
import { BITS, type VectorLayout } from "./vector-types.ts";
import { retried, type VectorRows } from "./write.ts";

/** True of a row without a vector. */
export const IS_WAITING = "vector IS NULL";

/** Ids in one `IN (…)`. */
const IDS_PER_QUERY = 500;

/** Lets a table that an earlier version made have rows without a vector. */
export async function allowWaiting(table: LanceDB.Table): Promise<void> {
  const { fields } = await table.schema();
  const strict = fields.filter(({ name, nullable }) => (name === "vector" || name === BITS) && !nullable);
  if (strict.length === 0) return;
  await retried(table, () => table.alterColumns(strict.map(({ name }) => ({ path: name, nullable: true }))));
}

/** Ids of the rows without a vector, in the table's order. */
export async function waitingIds(table: LanceDB.Table): Promise<string[]> {
  return [...textsOf(await table.query().where(IS_WAITING).select(["id"]).toArrow(), "id")];
}

/** The records of these ids that have no vector, in no order. */
export async function waitingRecords(table: LanceDB.Table, mapper: Mapper, ids: readonly string[]) {
  const records = [];
  for (const part of slices(ids, IDS_PER_QUERY)) {
    const where = `${isIn("id", part)} AND ${IS_WAITING}`;
    const found = await table.query().where(where).select(recordColumns(mapper)).toArrow();
    if (found.numRows > 0) records.push(...fromTable(mapper, found));
  }
  return records;
}

/** Writes the vectors of rows that have none; a row that is gone meanwhile stays away. Returns how many were written. */
export async function fillRows(
  table: LanceDB.Table,
  mapper: Mapper,
  { records, vectors }: VectorRows,
  { dimension, type }: VectorLayout,
): Promise<number> {
  const batch = toTable(mapper, records, vectors, dimension, type);
  const result = await retried(table, () =>
    table.mergeInsert("id").useIndex(false).whenMatchedUpdateAll({ where: "target.vector IS NULL" }).execute(batch),
  );
  return Number(result.numUpdatedRows);
}
