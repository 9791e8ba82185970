/** The store over LanceDB. */
import { join, resolve } from "node:path";
import { allInOrder } from "../core/all-in-order.ts";
import { assert } from "../core/errors.ts";
import { returningMemory } from "../core/native.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import type { ChunkRecord } from "../core/record.ts";
import { storeError } from "./errors.ts";
import { buildColumnIndex, indexStatus, TEXT_COLUMNS } from "./indices.ts";
import { connectTo, type LanceDB } from "./lancedb.ts";
import { type MaintainReport, maintain, nothingToMaintain, vectorSearchOf } from "./maintain.ts";
import document from "./mappers/document.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { type PriorChunk, priorChunks } from "./read.ts";
import { TABLE } from "./schema.ts";
import { Snapshot } from "./snapshot.ts";
import { emptyStatus, folderBytes, type StoreStatus, tableCounts } from "./status.ts";
import type { Store, StoreOptions } from "./store.ts";
import { checkFolder, checkStoredAs, createTable, embedderOf, hasTable } from "./table.ts";
import { tuningOf } from "./tuning.ts";
import { layoutOf, type VectorLayout } from "./vector-types.ts";
import { allowWaiting, fillRows, waitingIds, waitingRecords } from "./waiting.ts";
import { type CommitResult, type DocumentPart, deleteWhere, mergeRecords, retried } from "./write.ts";

/** Bounds of LanceDB's caches; its own are 6 GB and 1 GB. */
const INDEX_CACHE_BYTES = 1_000_000_000;
const METADATA_CACHE_BYTES = 128_000_000;

/** Commits of a long run after which the indices are looked after: files stay few, and searches meanwhile quick. */
const COMMITS_PER_MAINTENANCE = 100;

const NOTHING: CommitResult = { inserted: 0, updated: 0, deleted: 0 };

export class LanceStore implements Store {
  readonly #options: StoreOptions;
  readonly #dir: string;
  readonly #name: string;
  readonly #mapper: Mapper;
  #connection: LanceDB.Connection | undefined;
  /** For writing, in the queue; readers open their own. */
  #table: LanceDB.Table | undefined;
  #embedder: EmbedderDescription | undefined;
  #layout: VectorLayout | undefined;
  #searchable = false;
  #commits = 0;
  #snapshot: Snapshot | undefined;
  /** Writes of one process run one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#dir = resolve(options.dir);
    this.#name = options.table ?? TABLE;
    this.#mapper = options.mapper ?? document;
  }

  get exists(): boolean {
    return this.#table !== undefined;
  }

  get embedder(): EmbedderDescription | null {
    return this.#embedder ?? null;
  }

  async open(): Promise<void> {
    if (this.#table) return;
    await this.#guard("opening the table failed", async () => {
      checkFolder(this.#dir);
      if (hasTable(this.#dir, this.#name)) await this.#adopt(await this.#openTable());
    });
  }

  async rowsOfDocs(docs: readonly string[], hashes?: ReadonlySet<string>): Promise<PriorChunk[]> {
    if (!this.#table || docs.length === 0) return [];
    return this.#guard("reading the table failed", async () =>
      priorChunks(await this.#openTable(), docs, this.#layout!.type, hashes),
    );
  }

  commit(
    records: readonly ChunkRecord[],
    vectors: Float32Array,
    docs: readonly string[],
    waiting?: Uint8Array,
    part?: DocumentPart,
  ): Promise<CommitResult> {
    return this.#write("writing the table failed", async () => {
      if (records.length === 0) {
        return { ...NOTHING, deleted: this.#table ? await deleteWhere(this.#table, "doc", docs) : 0 };
      }
      const table = this.#table ?? (await this.#create());
      // Who only reads takes what is there; who writes was told how.
      checkStoredAs(this.#options.settings.vectorType, this.#layout!.type, this.#name, this.#dir);
      if (waiting) await allowWaiting(table);
      const result = await mergeRecords(table, this.#mapper, { records, vectors, waiting }, docs, this.#layout!, part);
      await this.#makeSearchable(table);
      await this.#afterCommit(table);
      return result;
    });
  }

  async waitingIds(): Promise<string[]> {
    if (!this.#table) return [];
    return this.#guard("reading the table failed", async () => waitingIds(await this.#openTable()));
  }

  async waitingRecords(ids: readonly string[]): Promise<ChunkRecord[]> {
    return this.#guard("reading the table failed", async () =>
      waitingRecords(await this.#openTable(), this.#mapper, ids),
    );
  }

  fill(records: readonly ChunkRecord[], vectors: Float32Array): Promise<number> {
    return this.#write("writing the table failed", async () => {
      const filled = await fillRows(this.#table!, this.#mapper, { records, vectors }, this.#layout!);
      await this.#afterCommit(this.#table!);
      return filled;
    });
  }

  deleteDocs(docs: readonly string[]): Promise<number> {
    return this.#delete("doc", docs);
  }

  deleteItems(items: readonly string[]): Promise<number> {
    return this.#delete("item", items);
  }

  maintain(force = false): Promise<MaintainReport> {
    return this.#write("maintaining the table failed", async () =>
      this.#table ? maintain(this.#table, this.#mapper, this.#options.settings, force) : nothingToMaintain(),
    );
  }

  async status(): Promise<StoreStatus> {
    const view = await this.snapshot();
    const bytesOnDisk = await folderBytes(join(this.#dir, `${this.#name}.lance`));
    if (!view) return emptyStatus(bytesOnDisk);
    return this.#guard("reading the table failed", async () => {
      const table = await this.#openTable();
      await table.checkout(view.version);
      return {
        exists: true,
        ...(await tableCounts(table)),
        vectorSearch: view.indexed ? "indexed" : "exact",
        embedder: this.#embedder ?? null,
        version: view.version,
        bytesOnDisk,
      };
    });
  }

  async version(): Promise<number> {
    if (!this.#table) return 0;
    return this.#guard("reading the table failed", async () => (await this.#openTable()).version());
  }

  async snapshot(): Promise<Snapshot | null> {
    await this.open();
    if (!this.#table) return null;
    return this.#guard("reading the table failed", async () => {
      const table = await this.#openTable();
      const version = await table.version();
      if (this.#snapshot?.version !== version) this.#snapshot = await this.#view(table, version);
      return this.#snapshot;
    });
  }

  /** A table of which a killed process left the first rows without full-text indices gets them here. */
  async #view(table: LanceDB.Table, version: number): Promise<Snapshot> {
    await table.checkout(version);
    const [rows, indices] = await allInOrder([table.countRows(), indexStatus(table)]);
    const indexedColumns = new Set(indices.map(({ column }) => column));
    if (rows > 0 && !this.#searchable && !TEXT_COLUMNS.every((column) => indexedColumns.has(column))) {
      await this.#write("building the full-text index failed", () => this.#makeSearchable(this.#table!));
      const newest = await this.#openTable();
      return this.#view(newest, await newest.version());
    }
    const layout = this.#layout!;
    const tuning = tuningOf(await table.schema());
    const vectorSearch = vectorSearchOf(layout, tuning, rows, indices, this.#options.settings);
    return new Snapshot({ table, mapper: this.#mapper, version, rows, layout, vectorSearch, dir: this.#dir });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue;
    this.#table?.close();
    this.#connection?.close();
    this.#table = undefined;
    this.#snapshot = undefined;
    this.#connection = undefined;
  }

  async #connect(): Promise<LanceDB.Connection> {
    if (!this.#connection) {
      const indexBytes = this.#options.indexCacheBytes ?? INDEX_CACHE_BYTES;
      const metadataBytes = Math.min(METADATA_CACHE_BYTES, indexBytes);
      this.#connection = await connectTo(this.#dir, indexBytes, metadataBytes);
    }
    return this.#connection;
  }

  /** The table at its newest version, as a handle of its own. */
  async #openTable(): Promise<LanceDB.Table> {
    return (await this.#connect()).openTable(this.#name);
  }

  /** Takes a table into use, unless what it says about itself forbids that. */
  async #adopt(table: LanceDB.Table): Promise<LanceDB.Table> {
    this.#embedder = await embedderOf(table, this.#dir, this.#mapper, this.#options.embedder);
    this.#layout = layoutOf(await table.schema())!;
    this.#table = table;
    return table;
  }

  async #create(): Promise<LanceDB.Table> {
    const { embedder, settings } = this.#options;
    assert(embedder, "the first commit needs an embedder");
    const connection = await this.#connect();
    return this.#adopt(
      await createTable(connection, this.#dir, this.#name, this.#mapper, embedder, settings.vectorType),
    );
  }

  async #afterCommit(table: LanceDB.Table): Promise<void> {
    if (++this.#commits % COMMITS_PER_MAINTENANCE !== 0) return;
    await maintain(table, this.#mapper, this.#options.settings, false);
  }

  /** Full-text indices exist from the first rows on, for without them LanceDB refuses a text search. */
  async #makeSearchable(table: LanceDB.Table): Promise<void> {
    if (this.#searchable) return;
    await table.checkoutLatest();
    if ((await table.countRows()) === 0) return;
    const present = new Set((await indexStatus(table)).map(({ column }) => column));
    for (const column of TEXT_COLUMNS) {
      if (!present.has(column)) await retried(table, () => buildColumnIndex(table, this.#mapper, column));
    }
    this.#searchable = true;
  }

  #delete(column: "doc" | "item", values: readonly string[]): Promise<number> {
    return this.#write("deleting from the table failed", async () =>
      this.#table && values.length > 0 ? deleteWhere(this.#table, column, values) : 0,
    );
  }

  #write<T>(doing: string, body: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#guard(doing, () => returningMemory(body)));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #guard<T>(doing: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw storeError(error, this.#dir, doing);
    }
  }
}
