/**
 * The executions of statements, beside the table of their shapes: one row each, without vectors, so that a filter over
 * time, duration, user or database is exact and known before any vector is looked at.
 */
import { type Arrow, arrow } from "../core/arrow.ts";
import { sha256 } from "../core/hash.ts";
import { floatData, integerData, textData, timeData } from "./columns.ts";
import { plainMessage, storeError } from "./errors.ts";
import { connectTo, type LanceDB, lancedb } from "./lancedb.ts";
import { pruneLimit } from "./maintain.ts";
import { isIn, literal, slices } from "./sql.ts";
import { hasTable } from "./table.ts";
import { deleteWhere, retried } from "./write.ts";

/** One execution, as a log tells it. */
export interface StatementCall {
  /** Uri of the document that holds the statement's shape. */
  doc: string;
  fingerprint: string;
  line: number;
  /** Milliseconds since the epoch, null when the log does not say. */
  timeMs: number | null;
  durationMs: number | null;
  /** How many executions the row stands for. */
  calls: number;
  user: string | null;
  database: string | null;
  application: string | null;
  failed: boolean;
}

/** Which executions count; parts that are absent hold for all. */
export interface CallFilter {
  minMs?: number;
  /** Milliseconds since the epoch: from `sinceMs` on, before `untilMs`. */
  sinceMs?: number;
  untilMs?: number;
  users?: readonly string[];
  databases?: readonly string[];
}

/** Sums over the executions of one document that a filter lets through. */
export interface CallTotals {
  calls: number;
  totalMs: number;
  maxMs: number;
  /** Null when no execution has a time. */
  firstMs: number | null;
  lastMs: number | null;
}

export interface CallsOptions {
  /** Folder of the store, `.mdp/lancedb`. */
  dir: string;
  /** Name of the engine's table; that of the executions ends in `_calls`. */
  table: string;
}

/** Rows from which on indices cost less than they save. */
const INDEX_ROWS = 50_000;
const VALUES_PER_STATEMENT = 500;
const BYTES_OF_CACHE = 64_000_000;
const INDEXED = ["item", "time", "duration_ms"] as const;
const BITMAPS = ["user_name", "database_name"] as const;

/** Name of the table of executions that belongs to an engine's table. */
export function callsTable(table: string): string {
  return `${table}_calls`;
}

/** 64 bits of a document's uri, by which executions find their document. */
export function callKey(doc: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${sha256(doc).slice(0, 16)}`));
}

export class StatementCalls implements AsyncDisposable {
  readonly #dir: string;
  readonly #name: string;
  #connection: LanceDB.Connection | undefined;
  #table: LanceDB.Table | undefined;

  constructor({ dir, table }: CallsOptions) {
    this.#dir = dir;
    this.#name = callsTable(table);
  }

  get exists(): boolean {
    return this.#table !== undefined || hasTable(this.#dir, this.#name);
  }

  /** Adds executions of one item. */
  async append(item: string, calls: readonly StatementCall[]): Promise<void> {
    if (calls.length === 0) return;
    await this.#guard("writing executions failed", async () => {
      const table = (await this.#open()) ?? (await this.#create());
      await retried(table, () => table.add(toTable(item, calls)));
    });
  }

  /** Deletes the executions of items; returns how many there were. */
  async deleteItems(items: readonly string[]): Promise<number> {
    return this.#guard("deleting executions failed", async () => {
      const table = await this.#open();
      return table && items.length > 0 ? deleteWhere(table, "item", items) : 0;
    });
  }

  /** Sums per document, by `callKey`, over the executions that the filter lets through. */
  async totals(filter: CallFilter): Promise<Map<bigint, CallTotals>> {
    return this.#guard("reading executions failed", async () => {
      const totals = new Map<bigint, CallTotals>();
      const table = await this.#open();
      if (!table) return totals;
      const where = conditionOf(filter);
      let query = table.query().select(["key", "calls", "duration_ms", "time"]);
      if (where !== undefined) query = query.where(where);
      for await (const batch of query) addUp(totals, batch);
      return totals;
    });
  }

  async countRows(filter?: CallFilter): Promise<number> {
    return this.#guard("reading executions failed", async () => {
      const table = await this.#open();
      return table ? table.countRows(filter && conditionOf(filter)) : 0;
    });
  }

  /** Joins small files, and builds or completes the indices of a table that is large. Problems are returned, not thrown. */
  async maintain(): Promise<string[]> {
    const table = await this.#open();
    if (!table) return [];
    const problems: string[] = [];
    const attempt = async (doing: string, body: () => Promise<unknown>) => {
      try {
        await retried(table, body);
      } catch (error) {
        problems.push(`${doing}: ${plainMessage(error)}`);
      }
    };
    await table.checkoutLatest();
    if ((await table.countRows()) >= INDEX_ROWS) {
      const present = new Set((await table.listIndices()).flatMap(({ columns }) => columns));
      const { Index } = lancedb();
      for (const column of [...INDEXED, ...BITMAPS]) {
        if (present.has(column)) continue;
        const config = (BITMAPS as readonly string[]).includes(column) ? Index.bitmap() : Index.btree();
        await attempt(`building the index on ${column}`, () => table.createIndex(column, { config, replace: true }));
      }
    }
    // A log that is read again leaves its old executions in files that only pruning removes.
    await attempt("joining files of executions", async () =>
      table.optimize({ cleanupOlderThan: await pruneLimit(table) }),
    );
    return problems;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#table?.close();
    this.#connection?.close();
    this.#table = undefined;
    this.#connection = undefined;
  }

  async #connect(): Promise<LanceDB.Connection> {
    this.#connection ??= await connectTo(this.#dir, BYTES_OF_CACHE, BYTES_OF_CACHE);
    return this.#connection;
  }

  async #open(): Promise<LanceDB.Table | undefined> {
    if (this.#table || !hasTable(this.#dir, this.#name)) return this.#table;
    this.#table = await (await this.#connect()).openTable(this.#name);
    return this.#table;
  }

  async #create(): Promise<LanceDB.Table> {
    const connection = await this.#connect();
    try {
      this.#table = await connection.createEmptyTable(this.#name, schema());
    } catch (error) {
      // Another process was first.
      if (!hasTable(this.#dir, this.#name)) throw error;
      this.#table = await connection.openTable(this.#name);
    }
    return this.#table;
  }

  async #guard<T>(doing: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw storeError(error, this.#dir, doing);
    }
  }
}

function schema(): Arrow.Schema {
  const a = arrow();
  const field = (name: string, type: Arrow.DataType, nullable = false) => new a.Field(name, type, nullable);
  return new a.Schema([
    field("item", new a.Utf8()),
    field("key", new a.Int64()),
    field("fingerprint", new a.Utf8()),
    field("line", new a.Int32()),
    field("time", new a.TimestampMillisecond(), true),
    field("duration_ms", new a.Float64(), true),
    field("calls", new a.Int32()),
    field("user_name", new a.Utf8(), true),
    field("database_name", new a.Utf8(), true),
    field("application", new a.Utf8(), true),
    field("failed", new a.Int32()),
  ]);
}

function toTable(item: string, calls: readonly StatementCall[]): Arrow.Table {
  const a = arrow();
  const keys = new Map<string, bigint>();
  const keyOf = (doc: string) => {
    const key = keys.get(doc) ?? callKey(doc);
    keys.set(doc, key);
    return key;
  };
  const columns: Record<string, Arrow.Data> = {
    item: textData(calls.map(() => item)),
    key: a.makeData({
      type: new a.Int64(),
      length: calls.length,
      nullCount: 0,
      data: BigInt64Array.from(calls, ({ doc }) => keyOf(doc)),
    }),
    fingerprint: textData(calls.map(({ fingerprint }) => fingerprint)),
    line: integerData(calls.map(({ line }) => line)),
    time: timeData(calls.map(({ timeMs }) => timeMs)),
    duration_ms: floatData(calls.map(({ durationMs }) => durationMs)),
    calls: integerData(calls.map(({ calls }) => calls)),
    user_name: textData(calls.map(({ user }) => user)),
    database_name: textData(calls.map(({ database }) => database)),
    application: textData(calls.map(({ application }) => application)),
    failed: integerData(calls.map(({ failed }) => (failed ? 1 : 0))),
  };
  const own = schema();
  const struct = a.makeData({
    type: new a.Struct(own.fields),
    length: calls.length,
    nullCount: 0,
    children: own.fields.map(({ name }) => columns[name]!),
  });
  return new a.Table([new a.RecordBatch(own, struct)]);
}

/** The filter as LanceDB's SQL; undefined when it lets everything through. */
function conditionOf({ minMs, sinceMs, untilMs, users, databases }: CallFilter): string | undefined {
  const time = (ms: number) => `timestamp ${literal(new Date(ms).toISOString().replace("T", " ").replace("Z", ""))}`;
  const among = (column: string, values: readonly string[]) =>
    [...slices(values, VALUES_PER_STATEMENT)].map((part) => isIn(column, part)).join(" OR ");
  const parts = [
    minMs === undefined ? undefined : `duration_ms >= ${minMs}`,
    sinceMs === undefined ? undefined : `time >= ${time(sinceMs)}`,
    untilMs === undefined ? undefined : `time < ${time(untilMs)}`,
    users?.length ? `(${among("user_name", users)})` : undefined,
    databases?.length ? `(${among("database_name", databases)})` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(" AND ");
}

function addUp(totals: Map<bigint, CallTotals>, batch: Arrow.RecordBatch): void {
  const keys = batch.getChild("key")!;
  const calls = batch.getChild("calls")!;
  const durations = batch.getChild("duration_ms")!;
  const times = batch.getChild("time")!;
  for (let row = 0; row < batch.numRows; row++) {
    const key = keys.get(row) as bigint;
    const duration = (durations.get(row) as number | null) ?? 0;
    const time = times.get(row) as number | null;
    const known = totals.get(key);
    if (!known) {
      const count = calls.get(row) as number;
      totals.set(key, { calls: count, totalMs: duration, maxMs: duration, firstMs: time, lastMs: time });
      continue;
    }
    known.calls += calls.get(row) as number;
    known.totalMs += duration;
    if (duration > known.maxMs) known.maxMs = duration;
    if (time === null) continue;
    if (known.firstMs === null || time < known.firstMs) known.firstMs = time;
    if (known.lastMs === null || time > known.lastMs) known.lastMs = time;
  }
}
