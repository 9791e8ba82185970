/** Rows of a version of a table, as the state compares them. */
import type { StoredRow } from "../../../manifest/doc-sums.ts";
import type { TableHistory } from "../../../store/history.ts";

/** Rows of a table that was not there. */
export async function* noRows(): AsyncGenerator<never> {}

const COLUMNS = ["doc", "item", "root", "path", "kind", "row_hash"] as const;

export async function* storedRows(history: TableHistory, version: number): AsyncGenerator<StoredRow> {
  for await (const batch of history.scan(COLUMNS, version)) {
    const [docs, items, roots, paths, kinds, hashes] = COLUMNS.map((column) => batch.values(column));
    for (let i = 0; i < batch.count; i++) {
      const place = { item: items![i]!, root: roots![i]!, path: paths![i]! };
      yield { doc: docs![i]!, ...place, kind: kinds![i]!, hash: hashes![i]! };
    }
  }
}
