/** Runs a query of LanceDB, and tells when it goes on without this thread. */
import { type Arrow, arrow } from "../core/arrow.ts";
import type { LanceDB } from "./lancedb.ts";

/** What LanceDB's own `toArrow` reads from; its types hide it. */
interface Batches {
  /** Arrow's stream format, null after the last batch. */
  next(): Promise<Uint8Array | null>;
}

/**
 * The rows of a query. LanceDB plans a query when it is executed and searches when the first batch is asked for, so
 * a thread that computes in between holds the search up.
 *
 * @param underWay called once the first batch has been asked for: LanceDB's threads need this one only for its rows
 */
export async function collect(query: LanceDB.Query, underWay: () => void): Promise<Arrow.Table> {
  const { Table, tableFromIPC } = arrow();
  const results = await (query as unknown as { nativeExecute(): Promise<Batches> }).nativeExecute();
  const found: Arrow.RecordBatch[] = [];
  let batch = results.next();
  underWay();
  for (let bytes = await batch; bytes !== null; bytes = await batch) {
    found.push(...tableFromIPC(bytes).batches);
    batch = results.next();
  }
  return new Table(found);
}
