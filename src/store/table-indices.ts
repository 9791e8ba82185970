/** One table, opened to look after its indices: what they are, building them anew, and how vectors are searched. */
import { join, resolve } from "node:path";
import { allInOrder } from "../core/all-in-order.ts";
import { InterruptedError } from "../core/errors.ts";
import type { StoreSettings } from "./config.ts";
import { storeError } from "./errors.ts";
import { buildColumnIndex, buildVectorIndex, indexedColumns, indexStatus, TEXT_COLUMNS } from "./indices.ts";
import { connectTo, type LanceDB } from "./lancedb.ts";
import { pruneLimit, vectorIndexFor, vectorSearchOf } from "./maintain.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { folderBytes } from "./status.ts";
import { indexType, saveTuning, type Tuning, tuningOf, type VectorSearch } from "./tuning.ts";
import { layoutOf, readVectors, type VectorLayout, type VectorType } from "./vector-types.ts";
import { IS_WAITING } from "./waiting.ts";
import { retried } from "./write.ts";

export interface IndexDetails {
  name: string;
  column: string;
  kind: "vector" | "text" | "filter";
  /** `IVF_RQ`, `FTS`, `BTree`, … */
  type: string;
  /** As LanceDB tells them. */
  parameters: Record<string, unknown>;
  indexedRows: number;
  unindexedRows: number;
  bytes: number;
}

export interface TableIndicesStatus {
  rows: number;
  version: number;
  versions: number;
  fragments: number;
  /** Fragments that the next fold joins. */
  smallFragments: number;
  bytesOnDisk: number;
  vectorType: VectorType;
  dimension: number;
  /** How a query finds the nearest vectors. */
  search: VectorSearch;
  /** What was measured and saved, null where the size of the table decides. */
  tuning: Tuning | null;
  /** Vectors first, then full text, then filters; each by column. */
  indices: IndexDetails[];
}

export interface TableIndicesOptions {
  dir: string;
  table: string;
  mapper: Mapper;
  settings: StoreSettings;
}

export interface RebuildOptions {
  signal?: AbortSignal | undefined;
  /** Told before each index. */
  onStep?: ((step: { column: string; done: number; total: number }) => void) | undefined;
}

export interface Rebuilt {
  column: string;
  type: string;
  seconds: number;
}

const CACHE_BYTES = 64_000_000;
const KINDS = ["vector", "text", "filter"] as const;

export class TableIndices implements AsyncDisposable {
  readonly name: string;
  readonly #options: TableIndicesOptions;
  readonly #connection: LanceDB.Connection;
  readonly #table: LanceDB.Table;
  readonly layout: VectorLayout;

  private constructor(
    options: TableIndicesOptions,
    connection: LanceDB.Connection,
    table: LanceDB.Table,
    layout: VectorLayout,
  ) {
    this.#options = options;
    this.name = options.table;
    this.#connection = connection;
    this.#table = table;
    this.layout = layout;
  }

  /** @throws MdpError when the table is damaged, or has no vectors */
  static async open(options: TableIndicesOptions): Promise<TableIndices> {
    const dir = resolve(options.dir);
    try {
      const connection = await connectTo(dir, CACHE_BYTES, CACHE_BYTES);
      const table = await connection.openTable(options.table);
      const layout = layoutOf(await table.schema());
      if (!layout) throw new Error(`the table "${options.table}" has no vectors`);
      return new TableIndices({ ...options, dir }, connection, table, layout);
    } catch (error) {
      throw storeError(error, dir, `opening the table "${options.table}" failed`);
    }
  }

  status(): Promise<TableIndicesStatus> {
    return this.#guard("reading the indices", async () => {
      await this.#table.checkoutLatest();
      const [rows, schema, version, versions, { fragmentStats }] = await allInOrder([
        this.#table.countRows(),
        this.#table.schema(),
        this.#table.version(),
        this.#table.listVersions(),
        this.#table.stats(),
      ]);
      const [indices, found] = await allInOrder([this.#details(), indexStatus(this.#table)]);
      const tuning = tuningOf(schema);
      const { index, nprobes, refineFactor, ef } = vectorSearchOf(
        this.layout,
        tuning,
        rows,
        found,
        this.#options.settings,
      );
      const shortlist = this.layout.distance === "hamming" ? { refineFactor } : {};
      const parameters = index === "exact" ? shortlist : { nprobes, refineFactor, ef };
      return {
        rows,
        version,
        versions: versions.length,
        fragments: fragmentStats.numFragments,
        smallFragments: fragmentStats.numSmallFragments,
        bytesOnDisk: await folderBytes(join(this.#options.dir, `${this.name}.lance`)),
        vectorType: this.layout.type,
        dimension: this.layout.dimension,
        search: { index, ...given(parameters) },
        tuning: tuning ?? null,
        indices,
      };
    });
  }

  /**
   * Builds every index anew, one commit each: until it is made the former one answers, so that stopping at any moment
   * leaves a table that can be searched. A vector index that the table should not have goes.
   *
   * @throws InterruptedError between two indices
   */
  rebuild({ signal, onStep }: RebuildOptions = {}): Promise<Rebuilt[]> {
    return this.#guard("building the indices", async () => {
      await this.#table.checkoutLatest();
      const [rows, schema] = [await this.#table.countRows(), await this.#table.schema()];
      if (rows === 0) return [];
      const { mapper, settings } = this.#options;
      const filled = await this.#filledRows();
      const wanted = filled === 0 ? null : vectorIndexFor(this.layout, tuningOf(schema), filled, settings);
      const columns = [...indexedColumns(mapper), ...(wanted ? [this.layout.searched] : [])];
      const rebuilt: string[] = [];
      const times: number[] = [];
      // Joined first, so that no index has to be written again for files that are joined afterwards.
      await retried(this.#table, () => this.#table.optimize({ cleanupOlderThan: new Date(0) }));
      for (const column of columns) {
        if (signal?.aborted)
          throw new InterruptedError("the indices that were built are kept; the others are as before");
        onStep?.({ column, done: rebuilt.length, total: columns.length });
        const started = performance.now();
        await retried(this.#table, () =>
          wanted && column === this.layout.searched
            ? buildVectorIndex(this.#table, this.layout, wanted)
            : buildColumnIndex(this.#table, mapper, column),
        );
        rebuilt.push(column);
        times.push((performance.now() - started) / 1000);
      }
      await this.#dropVectorIndex(wanted === null);
      await retried(this.#table, async () => this.#table.optimize({ cleanupOlderThan: await pruneLimit(this.#table) }));
      const made = new Map((await this.#details()).map(({ column, type }) => [column, type]));
      return rebuilt.map((column, i) => ({ column, type: made.get(column)!, seconds: times[i]! }));
    });
  }

  /** Saves how vectors are searched, and builds the index for it; null goes back to what the table's size says. */
  tune(tuning: Tuning | null): Promise<void> {
    return this.#guard("saving the search", async () => {
      await retried(this.#table, () => saveTuning(this.#table, tuning));
      const rows = await this.#filledRows();
      const wanted = vectorIndexFor(this.layout, tuning ?? undefined, rows, this.#options.settings);
      if (wanted !== null && rows > 0)
        await retried(this.#table, () => buildVectorIndex(this.#table, this.layout, wanted));
      await this.#dropVectorIndex(wanted === null);
    });
  }

  /** Every row's id and vector, in batches and in no order. */
  async *vectors(): AsyncGenerator<{ ids: string[]; vectors: Float32Array[] }> {
    try {
      for await (const batch of this.#table.query().where(`NOT (${IS_WAITING})`).select(["id", "vector"])) {
        const ids = batch.getChild("id")!;
        const vectors = [...readVectors(batch.getChild("vector")!, this.layout.type)];
        yield { ids: vectors.map((_, row) => ids.get(row) as string), vectors };
      }
    } catch (error) {
      throw storeError(error, this.#options.dir, "reading the vectors failed");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#table.close();
    this.#connection.close();
  }

  /** Rows that have a vector. */
  #filledRows(): Promise<number> {
    return this.#table.countRows(`NOT (${IS_WAITING})`);
  }

  async #dropVectorIndex(unwanted: boolean): Promise<void> {
    const present = (await this.#table.listIndices()).find(({ columns }) => columns[0] === this.layout.searched);
    if (unwanted && present) await retried(this.#table, () => this.#table.dropIndex(present.name));
  }

  async #details(): Promise<IndexDetails[]> {
    const details = (await this.#table.listIndices()).map((index): IndexDetails => {
      const column = index.columns[0] ?? "";
      const kind = column === this.layout.searched ? "vector" : TEXT_COLUMNS.includes(column) ? "text" : "filter";
      return {
        name: index.name,
        column,
        kind,
        type: indexType(index.indexType),
        parameters: parametersOf(index.indexDetails),
        indexedRows: Number(index.numIndexedRows ?? 0),
        unindexedRows: Number(index.numUnindexedRows ?? 0),
        bytes: Number(index.sizeBytes ?? 0),
      };
    });
    const rank = ({ kind }: IndexDetails) => KINDS.indexOf(kind);
    return details.sort((a, b) => rank(a) - rank(b) || (a.column < b.column ? -1 : 1));
  }

  async #guard<T>(doing: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw storeError(error, this.#options.dir, `${doing} failed for "${this.name}"`);
    }
  }
}

/** Parameters that say something of the index: hints of how it was built go. */
function parametersOf(details: unknown): Record<string, unknown> {
  if (typeof details !== "object" || details === null) return {};
  const { runtime_hints: _, ...parameters } = details as Record<string, unknown>;
  return given(parameters);
}

function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
