/** The versions of a table: what each held, and the way back to one. */
import type { Arrow } from "../core/arrow.ts";
import { textsOf } from "./columns.ts";
import type { StoreSettings } from "./config.ts";
import { storeError } from "./errors.ts";
import { type IndexStatus, indexStatus } from "./indices.ts";
import { connectTo, type LanceDB } from "./lancedb.ts";
import { vectorIndexFor } from "./maintain.ts";
import { labelFromMetadata, type TableLabel } from "./schema.ts";
import { tuningOf } from "./tuning.ts";
import { layoutOf, readVectors, type VectorLayout } from "./vector-types.ts";
import { IS_WAITING } from "./waiting.ts";
import { retried } from "./write.ts";

export interface TableVersion {
  version: number;
  /** Milliseconds since the epoch. */
  time: number;
  rows: number;
}

/** Some rows of a version: the values of the columns that were asked for, one list each. */
export interface ScannedRows {
  count: number;
  values<T = string>(column: string): T[];
}

const BYTES_OF_CACHE = 64_000_000;

/** One table, opened for its versions; also one that no engine has, or that holds no passages. */
export class TableHistory implements AsyncDisposable {
  readonly name: string;
  readonly #dir: string;
  readonly #connection: LanceDB.Connection;
  readonly #table: LanceDB.Table;

  private constructor(dir: string, name: string, connection: LanceDB.Connection, table: LanceDB.Table) {
    this.#dir = dir;
    this.name = name;
    this.#connection = connection;
    this.#table = table;
  }

  /** @throws MdpError when the table is damaged, or written by a newer LanceDB */
  static async open(dir: string, name: string): Promise<TableHistory> {
    try {
      const connection = await connectTo(dir, BYTES_OF_CACHE, BYTES_OF_CACHE);
      return new TableHistory(dir, name, connection, await connection.openTable(name));
    } catch (error) {
      throw storeError(error, dir, `opening the table "${name}" failed`);
    }
  }

  /** What is still there of them, the oldest first. */
  versions(): Promise<TableVersion[]> {
    return this.#guard("reading the versions", async () => {
      const versions = await this.#table.listVersions();
      return versions
        .map(({ version, timestamp, metadata }) => ({
          version,
          time: timestamp.getTime(),
          rows: Number((metadata as unknown as Record<string, string>).total_rows),
        }))
        .sort((a, b) => a.version - b.version);
    });
  }

  /** What the table says about itself; undefined for one without passages. */
  label(): Promise<TableLabel | undefined> {
    return this.#guard("reading the table", async () => labelFromMetadata((await this.#table.schema()).metadata));
  }

  /** How its vectors lie in it; undefined for a table without any. */
  layout(): Promise<VectorLayout | undefined> {
    return this.#guard("reading the table", async () => layoutOf(await this.#table.schema()));
  }

  /** The vector index that it should have; null where it is searched exactly. */
  vectorIndex(settings: Pick<StoreSettings, "exactRows">): Promise<string | null> {
    return this.#guard("reading the table", async () => {
      await this.#table.checkoutLatest();
      const schema = await this.#table.schema();
      const layout = layoutOf(schema);
      const filled = layout ? await this.#table.countRows(`NOT (${IS_WAITING})`) : 0;
      return layout && filled > 0 ? vectorIndexFor(layout, tuningOf(schema), filled, settings) : null;
    });
  }

  /** Rows of the newest version that wait for their vectors. */
  waiting(): Promise<number> {
    return this.count(IS_WAITING);
  }

  /** Vectors of a version with their ids; null for a row that waits for its own. */
  async *vectors(version: number): AsyncGenerator<{ id: string; vector: Float32Array | null }> {
    const layout = await this.layout();
    if (!layout) return;
    for await (const batch of this.#batches(["id", "vector"], version)) {
      const ids = batch.getChild("id")!;
      const column = batch.getChild("vector")!;
      let row = 0;
      for (const vector of readVectors(column, layout.type)) {
        yield { id: ids.get(row) as string, vector: column.isValid(row) ? vector : null };
        row++;
      }
    }
  }

  /** Rows of the newest version that a condition takes. */
  count(filter: string): Promise<number> {
    return this.#guard("counting rows", async () => {
      await this.#table.checkoutLatest();
      return this.#table.countRows(filter);
    });
  }

  /** The values of a column in rows of the newest version that a condition takes, each once; of at most `limit` rows. */
  distinct(column: string, filter: string, limit: number): Promise<string[]> {
    return this.#guard("reading rows", async () => {
      await this.#table.checkoutLatest();
      const found: Arrow.Table = await this.#table.query().where(filter).select([column]).limit(limit).toArrow();
      return [...new Set(textsOf(found, column))];
    });
  }

  indices(): Promise<IndexStatus[]> {
    return this.#guard("reading the indices", () => indexStatus(this.#table));
  }

  /** All rows of a version in batches, in no order. */
  async *scan(columns: readonly string[], version?: number): AsyncGenerator<ScannedRows> {
    for await (const batch of this.#batches(columns, version)) yield rowsOf(batch);
  }

  async *#batches(columns: readonly string[], version?: number): AsyncGenerator<Arrow.RecordBatch> {
    try {
      const table = await this.#connection.openTable(this.name);
      if (version !== undefined) await table.checkout(version);
      for await (const batch of table.query().select([...columns])) yield batch;
    } catch (error) {
      throw this.#error(error, "reading the table");
    }
  }

  /** Makes a version the newest one again; those in between stay until they are pruned. Returns its new number. */
  restore(version: number): Promise<number> {
    return this.#guard("restoring", async () => {
      await this.#table.checkout(version);
      await this.#table.restore();
      return this.#table.version();
    });
  }

  /** Deletes all rows: the way back to when there was no table. Returns the new version. */
  clear(): Promise<number> {
    return this.#guard("deleting", async () => {
      await retried(this.#table, () => this.#table.delete("true"));
      return this.#table.version();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#table.close();
    this.#connection.close();
  }

  async #guard<T>(doing: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw this.#error(error, doing);
    }
  }

  #error(error: unknown, doing: string): unknown {
    return storeError(error, this.#dir, `${doing} failed for "${this.name}"`);
  }
}

function rowsOf(batch: Arrow.RecordBatch): ScannedRows {
  return {
    count: batch.numRows,
    values<T>(column: string): T[] {
      const values = batch.getChild(column)!;
      return Array.from({ length: batch.numRows }, (_, row) => values.get(row) as T);
    },
  };
}
