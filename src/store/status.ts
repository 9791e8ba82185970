/** What the store reports about itself. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { allInOrder } from "../core/all-in-order.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import { type IndexStatus, indexStatus } from "./indices.ts";
import type { LanceDB } from "./lancedb.ts";
import { IS_WAITING } from "./waiting.ts";

export interface StoreStatus {
  exists: boolean;
  rows: number;
  documents: number;
  /** Rows whose vector is not made yet. */
  waiting: number;
  indices: IndexStatus[];
  /** How vectors are searched. */
  vectorSearch: "exact" | "indexed";
  /** The embedder that wrote the table, null when there is no table. */
  embedder: EmbedderDescription | null;
  /** LanceDB's version of the table, 0 when there is none. */
  version: number;
  /** Bytes of the table's folder. */
  bytesOnDisk: number;
}

/** The status where there is no table. */
export function emptyStatus(bytesOnDisk: number): StoreStatus {
  const counts = { rows: 0, documents: 0, waiting: 0, indices: [], version: 0, bytesOnDisk };
  return { exists: false, ...counts, vectorSearch: "exact", embedder: null };
}

/** Bytes of all files below a folder; a file that goes away meanwhile counts nothing. */
export async function folderBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      (file) => file.size,
      () => 0,
    );
  }
  return bytes;
}

/** Counts of a table at its current version. Every document has exactly one first passage. */
export async function tableCounts(
  table: LanceDB.Table,
): Promise<Pick<StoreStatus, "rows" | "documents" | "waiting" | "indices">> {
  const [rows, documents, waiting, indices] = await allInOrder([
    table.countRows(),
    table.countRows("seq = 0"),
    table.countRows(IS_WAITING),
    indexStatus(table),
  ]);
  return { rows, documents, waiting, indices };
}
