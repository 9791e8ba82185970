/** A store: one LanceDB table of passages and their vectors, written by commits and read by snapshots. */
import type { EmbedderDescription } from "../core/ports.ts";
import type { ChunkRecord } from "../core/record.ts";
import type { StoreSettings } from "./config.ts";
import { LanceStore } from "./lance-store.ts";
import type { MaintainReport } from "./maintain.ts";
import type { Mapper } from "./mappers/mapper.ts";
import type { PriorChunk } from "./read.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StoreStatus } from "./status.ts";
import type { CommitResult, DocumentPart } from "./write.ts";

export type { StoreSettings } from "./config.ts";
export type { MaintainReport } from "./maintain.ts";
export type { PriorChunk } from "./read.ts";
export type { Snapshot } from "./snapshot.ts";
export type { StoreStatus } from "./status.ts";
export type { CommitResult, DocumentPart } from "./write.ts";

export interface StoreOptions {
  /** Folder of the store, `.mdp/lancedb`; made at the first commit. */
  dir: string;
  settings: StoreSettings;
  /** Name of the table in the folder. Default: `chunks`, that of plain documents. */
  table?: string;
  /** What the table's columns are. Default: those of plain documents. */
  mapper?: Mapper;
  /** Needed to create the table. A table of another fingerprint is an error, never a mix. */
  embedder?: EmbedderDescription | undefined;
  /** Bound of LanceDB's cache of index pages. Default: 1 GB, for many queries; a writer needs little. */
  indexCacheBytes?: number;
}

export interface Store extends AsyncDisposable {
  /** True once there is a table. */
  readonly exists: boolean;
  /** The embedder that wrote the table, null when there is none yet. */
  readonly embedder: EmbedderDescription | null;
  /** What is stored for these documents, vectors included, for reuse; with `hashes` only passages of these. */
  rowsOfDocs(docs: readonly string[], hashes?: ReadonlySet<string>): Promise<PriorChunk[]>;
  /**
   * Makes `records` the only rows of `docs`, in one merge. Rows that are equal are not rewritten.
   * @param vectors row-major `[records.length, dimension]`, in the order of the records
   * @param waiting 1 for a record whose vector will come later by `fill`, and is zeros here
   * @param part of the one document that is named: its other rows stay until the last part
   */
  commit(
    records: readonly ChunkRecord[],
    vectors: Float32Array,
    docs: readonly string[],
    waiting?: Uint8Array,
    part?: DocumentPart,
  ): Promise<CommitResult>;
  /** Ids of the rows that have no vector yet. */
  waitingIds(): Promise<string[]>;
  /** The records of these ids, of those that have no vector yet; in no order. */
  waitingRecords(ids: readonly string[]): Promise<ChunkRecord[]>;
  /** Gives rows that have no vector theirs; returns how many. */
  fill(records: readonly ChunkRecord[], vectors: Float32Array): Promise<number>;
  /** Deletes all rows of these documents; returns how many. */
  deleteDocs(docs: readonly string[]): Promise<number>;
  /** Deletes all rows of these source items; returns how many. */
  deleteItems(items: readonly string[]): Promise<number>;
  /**
   * Builds and folds indices and drops old versions where policy wants it, with `force` down to the last row. A step
   * that fails is named in the report; the table stays usable.
   */
  maintain(force?: boolean): Promise<MaintainReport>;
  status(): Promise<StoreStatus>;
  /** LanceDB's version of the table, 0 when there is none. */
  version(): Promise<number>;
  /** The newest version, for reading; null when there is no table. Valid until the store is closed. */
  snapshot(): Promise<Snapshot | null>;
}

/**
 * Opens the store of a project for reading and writing.
 * @throws MdpError `embedder-mismatch`, `store-newer`, `store-damaged`, `store-permission`, …
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = new LanceStore(options);
  await store.open();
  return store;
}
