/** A whole table of a project, read straight from LanceDB, to compare two projects row by row. */
import { join } from "node:path";
import { lancedb } from "../../src/store/lancedb.ts";
import { TABLE } from "../../src/store/schema.ts";

export interface StoredRow {
  id: string;
  path: string;
  seq: number;
  startLine: number;
  text: string;
  vector: Float32Array;
}

/** Rows by id; two rows with one id are an error. Without a name, the table of plain documents. */
export async function readTable(projectDir: string, name: string = TABLE): Promise<Map<string, StoredRow>> {
  const database = await lancedb().connect(join(projectDir, ".mdp/lancedb"));
  const table = await database.openTable(name);
  const columns = ["id", "path", "seq", "start_line", "text", "vector"];
  const rows = new Map<string, StoredRow>();
  for (const row of (await table.query().select(columns).toArrow()).toArray()) {
    if (rows.has(row.id)) throw new Error(`two rows have the id ${row.id}`);
    const vector = Float32Array.from(row.vector.toArray() as Iterable<number>);
    rows.set(row.id, { id: row.id, path: row.path, seq: row.seq, startLine: row.start_line, text: row.text, vector });
  }
  table.close();
  database.close();
  return rows;
}

/** What differs between two tables, in words; empty when they have the same ids and texts, and vectors within 1e-6. */
export function differences(actual: Map<string, StoredRow>, expected: Map<string, StoredRow>): string[] {
  const found: string[] = [];
  for (const [id, row] of expected) {
    const other = actual.get(id);
    if (!other) found.push(`missing: ${row.path} #${row.seq}`);
    else if (
      other.text !== row.text ||
      other.path !== row.path ||
      other.startLine !== row.startLine ||
      other.seq !== row.seq
    ) {
      found.push(`differs: ${row.path} #${row.seq}`);
    } else {
      const distance = row.vector.reduce((most, value, i) => Math.max(most, Math.abs(value - other.vector[i]!)), 0);
      if (!(distance <= 1e-6)) found.push(`vector of ${row.path} #${row.seq} is off by ${distance}`);
    }
  }
  for (const [id, row] of actual) if (!expected.has(id)) found.push(`left over: ${row.path} #${row.seq}`);
  return found;
}
