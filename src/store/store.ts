/** The store: one LanceDB table of passages and their vectors, written by commits and read by snapshots. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { assert, MdpError } from "../core/errors.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import type { ChunkRecord } from "../core/record.ts";
import { type LanceDB, lancedb } from "./arrow.ts";
import { vectorsOf } from "./columns.ts";
import type { StoreSettings } from "./config.ts";
import { storeError } from "./errors.ts";
import { buildColumnIndex, indexStatus, TEXT_COLUMNS } from "./indices.ts";
import { type MaintainReport, maintain } from "./maintain.ts";
import { FORMAT, labelFromMetadata, labelToMetadata, TABLE, tableSchema } from "./schema.ts";
import { Snapshot } from "./snapshot.ts";
import { isIn, slices } from "./sql.ts";
import { folderBytes, type StoreStatus, tableCounts } from "./status.ts";
import { type CommitResult, deleteWhere, mergeRecords } from "./write.ts";

export type { StoreSettings } from "./config.ts";
export type { MaintainReport } from "./maintain.ts";
export type { Snapshot } from "./snapshot.ts";
export type { StoreStatus } from "./status.ts";
export type { CommitResult } from "./write.ts";

/** Documents in one `IN (…)` of a read. */
const DOCS_PER_QUERY = 500;

export interface StoreOptions {
  /** Folder of the store, `.mdp/lancedb`; made at the first commit. */
  dir: string;
  settings: StoreSettings;
  /** Needed to create the table. A table of another fingerprint is an error, never a mix. */
  embedder?: EmbedderDescription | undefined;
}

/** What is stored of a passage, for reuse of its vector. */
export interface PriorChunk {
  id: string;
  doc: string;
  item: string;
  contentHash: string;
  vector: Float32Array;
}

export interface Store extends AsyncDisposable {
  /** True once there is a table. */
  readonly exists: boolean;
  /** What is stored for these documents, vectors included. */
  rowsOfDocs(docs: readonly string[]): Promise<PriorChunk[]>;
  /**
   * Makes `records` the only rows of `docs`, in one merge. Rows that are equal are not rewritten.
   * @param vectors row-major `[records.length, dimension]`, in the order of the records
   */
  commit(records: readonly ChunkRecord[], vectors: Float32Array, docs: readonly string[]): Promise<CommitResult>;
  /** Deletes all rows of these documents; returns how many. */
  deleteDocs(docs: readonly string[]): Promise<number>;
  /** Deletes all rows of these source items; returns how many. */
  deleteItems(items: readonly string[]): Promise<number>;
  /** Builds and folds indices and drops old versions where policy wants it, with `force` in any case. */
  maintain(force?: boolean): Promise<MaintainReport>;
  status(): Promise<StoreStatus>;
  /** LanceDB's version of the table, 0 when there is none. */
  version(): Promise<number>;
  /** The newest version, for reading; null when there is no table. Valid until the store is closed. */
  snapshot(): Promise<Snapshot | null>;
}

/** Opens the store of a project for reading and writing. @throws MdpError `embedder-mismatch`, `store-newer`, … */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = new LanceStore(options);
  await store.open();
  return store;
}

class LanceStore implements Store {
  readonly #options: StoreOptions;
  #connection: LanceDB.Connection | undefined;
  #table: LanceDB.Table | undefined;
  #embedder: EmbedderDescription | undefined;
  #snapshot: { table: LanceDB.Table; view: Snapshot } | undefined;
  /** Writes of one process run one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#embedder = options.embedder;
  }

  get exists(): boolean {
    return this.#table !== undefined;
  }

  async open(): Promise<void> {
    if (!existsSync(join(this.#options.dir, `${TABLE}.lance`))) return;
    await this.#guard("opening the table failed", async () => {
      const table = await (await this.#connect()).openTable(TABLE);
      await this.#adopt(table);
    });
  }

  async rowsOfDocs(docs: readonly string[]): Promise<PriorChunk[]> {
    const table = this.#table;
    if (!table || docs.length === 0) return [];
    return this.#guard("reading the table failed", async () => {
      await table.checkoutLatest();
      const rows: PriorChunk[] = [];
      for (const part of slices(docs, DOCS_PER_QUERY)) {
        const found = await table
          .query()
          .where(isIn("doc", part))
          .select(["id", "doc", "item", "content_hash", "vector"])
          .toArrow();
        if (found.numRows === 0) continue;
        const column = (name: string) => found.getChild(name)!;
        const [id, doc, item, hash] = [column("id"), column("doc"), column("item"), column("content_hash")];
        let row = 0;
        for (const vector of vectorsOf(column("vector"), this.#dimension())) {
          rows.push({ id: id.get(row), doc: doc.get(row), item: item.get(row), contentHash: hash.get(row), vector });
          row++;
        }
      }
      return rows;
    });
  }

  commit(records: readonly ChunkRecord[], vectors: Float32Array, docs: readonly string[]): Promise<CommitResult> {
    return this.#write("writing the table failed", async () => {
      if (docs.length === 0 || (records.length === 0 && !this.#table)) return { inserted: 0, updated: 0, deleted: 0 };
      if (records.length === 0) {
        return { inserted: 0, updated: 0, deleted: await deleteWhere(this.#table!, "doc", docs) };
      }
      const table = this.#table ?? (await this.#create());
      const result = await mergeRecords(table, records, vectors, docs, this.#dimension());
      await this.#makeSearchable(table);
      return result;
    });
  }

  deleteDocs(docs: readonly string[]): Promise<number> {
    return this.#delete("doc", docs);
  }

  deleteItems(items: readonly string[]): Promise<number> {
    return this.#delete("item", items);
  }

  maintain(force = false): Promise<MaintainReport> {
    return this.#write("maintaining the table failed", async () => {
      if (!this.#table) return { built: [], folded: false, prunedVersions: 0, prunedBytes: 0, problems: [] };
      return maintain(this.#table, this.#options.settings, force);
    });
  }

  async status(): Promise<StoreStatus> {
    const view = await this.snapshot();
    const bytesOnDisk = await folderBytes(this.#options.dir);
    const held = this.#snapshot;
    if (!view || !held) {
      return {
        exists: false,
        rows: 0,
        documents: 0,
        indices: [],
        vectorSearch: "exact",
        embedder: null,
        version: 0,
        bytesOnDisk,
      };
    }
    return this.#guard("reading the table failed", async () => ({
      exists: true,
      ...(await tableCounts(held.table)),
      vectorSearch: view.indexed ? "indexed" : "exact",
      embedder: this.#embedder ?? null,
      version: view.version,
      bytesOnDisk,
    }));
  }

  async version(): Promise<number> {
    const table = this.#table;
    if (!table) return 0;
    return this.#guard("reading the table failed", async () => {
      await table.checkoutLatest();
      return table.version();
    });
  }

  async snapshot(): Promise<Snapshot | null> {
    if (!this.#table) await this.open();
    if (!this.#table) return null;
    return this.#guard("reading the table failed", async () => {
      const table = await (await this.#connect()).openTable(TABLE);
      const version = await table.version();
      if (this.#snapshot?.view.version === version) return this.#snapshot.view;
      await table.checkout(version);
      const [rows, indices] = await Promise.all([table.countRows(), indexStatus(table)]);
      const { exactRows, refineFactor } = this.#options.settings;
      const indexed = rows > exactRows && indices.some(({ column }) => column === "vector");
      const view = new Snapshot({ table, version, rows, indexed, refineFactor, dir: this.#options.dir });
      this.#snapshot = { table, view };
      return view;
    });
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
    this.#connection ??= await lancedb().connect(this.#options.dir);
    return this.#connection;
  }

  #dimension(): number {
    assert(this.#embedder, "the store was used without an embedder");
    return this.#embedder.dimension;
  }

  /** Takes a table into use after comparing what it says about itself. */
  async #adopt(table: LanceDB.Table): Promise<LanceDB.Table> {
    const where = this.#options.dir;
    const label = labelFromMetadata((await table.schema()).metadata);
    if (!label || label.format > FORMAT) {
      throw new MdpError({
        code: label ? "store-newer" : "store-foreign",
        message: label
          ? `the table has format ${label.format}, this program knows formats up to ${FORMAT}`
          : `the table "${TABLE}" was not made by this program`,
        where,
        hint: "update mdp, or move the folder away and ingest again",
      });
    }
    const wanted = this.#options.embedder;
    if (wanted && wanted.fingerprint !== label.embedder.fingerprint) throw mismatch(label.embedder, wanted, where);
    this.#embedder = label.embedder;
    this.#table = table;
    return table;
  }

  /** Creates the table; where another process was first, opens its. */
  async #create(): Promise<LanceDB.Table> {
    const embedder = this.#options.embedder;
    assert(embedder, "the first commit needs an embedder");
    const schema = tableSchema(embedder.dimension, labelToMetadata(embedder));
    const connection = await this.#connect();
    try {
      return await this.#adopt(await connection.createEmptyTable(TABLE, schema));
    } catch (error) {
      if (!existsSync(join(this.#options.dir, `${TABLE}.lance`)) || error instanceof MdpError) throw error;
      return this.#adopt(await connection.openTable(TABLE));
    }
  }

  /** Full-text indices exist from the first rows on, for without them LanceDB refuses a text search. */
  async #makeSearchable(table: LanceDB.Table): Promise<void> {
    const present = new Set((await indexStatus(table)).map(({ column }) => column));
    if (TEXT_COLUMNS.every((column) => present.has(column)) || (await table.countRows()) === 0) return;
    for (const column of TEXT_COLUMNS) if (!present.has(column)) await buildColumnIndex(table, column);
  }

  #delete(column: "doc" | "item", values: readonly string[]): Promise<number> {
    return this.#write("deleting from the table failed", async () =>
      this.#table && values.length > 0 ? deleteWhere(this.#table, column, values) : 0,
    );
  }

  #write<T>(doing: string, body: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#guard(doing, body));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #guard<T>(doing: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("internal error")) throw error;
      throw storeError(error, this.#options.dir, doing);
    }
  }
}

function mismatch(stored: EmbedderDescription, wanted: EmbedderDescription, where: string): MdpError {
  const name = ({ name, dimension, fingerprint }: EmbedderDescription) =>
    `"${name}" (${dimension} dimensions, fingerprint ${fingerprint.slice(0, 12)})`;
  return new MdpError({
    code: "embedder-mismatch",
    message: `the table was written with the embedder ${name(stored)}, this run uses ${name(wanted)}`,
    where,
    hint: `use --model ${stored.name}, or move the folder away and ingest again with ${wanted.name}`,
  });
}
