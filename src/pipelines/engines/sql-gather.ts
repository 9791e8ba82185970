/** Executions of statements → one document per shape, and the executions themselves into the engine's own table of them. */
import type { Document, Metadata } from "../../core/document.ts";
import { returnFreedMemory } from "../../core/native.ts";
import { type DialectName, dialects } from "../../ingest/sql/dialect.ts";
import { type Shape, StatementReader } from "../../ingest/sql/statement.ts";
import type { StatementCall } from "../../store/statement-calls.ts";
import type { GatherContext, Gatherer } from "./engine.ts";

/** Executions that are written together. */
const CALLS_PER_WRITE = 20_000;
/** Longest example of a statement that is kept. */
const EXAMPLE_CHARS = 2_000;

/** Between the uri of a file and the fingerprint of a shape in it. */
const SHAPE = "#statement=";

/** Whether a document stands for the executions of a shape. */
export function isShape(doc: string): boolean {
  return doc.includes(SHAPE);
}

/** What is known of the executions of one shape. */
interface Group {
  shape: Shape;
  /** Uri of the document that stands for them. */
  doc: string;
  kind: string;
  line: number;
  calls: number;
  totalMs: number;
  maxMs: number;
  firstMs: number | null;
  lastMs: number | null;
  errors: number;
  users: Set<string>;
  databases: Set<string>;
  applications: Set<string>;
  /** The slowest execution as it was written, the first of equals. */
  example: string;
}

/**
 * Memory holds the shapes and a bounded number of executions, whatever the size of the log. The executions of an
 * earlier reading of the file go with the first that is written, and all are there before a document is.
 */
export class StatementGatherer implements Gatherer {
  readonly chunker = "statement";
  readonly #context: GatherContext;
  readonly #readers = new Map<DialectName, StatementReader>();
  readonly #groups = new Map<string, Group>();
  #calls: StatementCall[] = [];
  #begun = false;

  constructor(context: GatherContext) {
    this.#context = context;
  }

  async add(document: Document): Promise<void> {
    const { metadata } = document;
    const shape = this.#reader(metadata.dialect).read(document.text);
    if (!shape) return;
    const group = this.#groups.get(shape.fingerprint) ?? this.#newGroup(shape, document);
    const call = callOf(group, metadata);
    count(group, call, document.text);
    if (call.application !== null) group.applications.add(call.application);
    this.#calls.push(call);
    if (this.#calls.length >= CALLS_PER_WRITE) await this.#write();
  }

  async *documents(): AsyncGenerator<Document> {
    await this.#write();
    for (const group of this.#groups.values()) yield documentOf(group);
  }

  #reader(dialect: Metadata[string] | undefined): StatementReader {
    const name = typeof dialect === "string" && Object.hasOwn(dialects, dialect) ? (dialect as DialectName) : "generic";
    const reader = this.#readers.get(name) ?? new StatementReader(name);
    this.#readers.set(name, reader);
    return reader;
  }

  #newGroup(shape: Shape, { kind, metadata }: Document): Group {
    const group: Group = {
      shape,
      doc: `${this.#context.item}${SHAPE}${shape.fingerprint}`,
      kind,
      line: typeof metadata.line === "number" ? metadata.line : 1,
      calls: 0,
      totalMs: 0,
      maxMs: 0,
      firstMs: null,
      lastMs: null,
      errors: 0,
      users: new Set(),
      databases: new Set(),
      applications: new Set(),
      example: "",
    };
    this.#groups.set(shape.fingerprint, group);
    return group;
  }

  async #write(): Promise<void> {
    const table = await this.#context.calls();
    if (!this.#begun) await table.deleteItems([this.#context.item]);
    this.#begun = true;
    const calls = this.#calls;
    this.#calls = [];
    await table.append(this.#context.item, calls);
    // While native code works, the collector sees no need to.
    Bun.gc(true);
    returnFreedMemory();
  }
}

const text = (value: Metadata[string] | undefined) => (typeof value === "string" && value !== "" ? value : null);
const number = (value: Metadata[string] | undefined) =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

function callOf({ doc, shape }: Group, metadata: Metadata): StatementCall {
  const time = typeof metadata.time === "string" ? Date.parse(metadata.time) : Number.NaN;
  return {
    doc,
    fingerprint: shape.fingerprint,
    line: number(metadata.line) ?? 1,
    timeMs: Number.isNaN(time) ? null : time,
    durationMs: number(metadata.duration_ms),
    calls: Math.max(1, Math.min(2 ** 31 - 1, Math.round(number(metadata.calls) ?? 1))),
    user: text(metadata.user),
    database: text(metadata.database),
    application: text(metadata.application),
    failed: metadata.error !== undefined,
  };
}

function count(group: Group, call: StatementCall, statement: string): void {
  const duration = call.durationMs ?? 0;
  if (group.calls === 0 || duration > group.maxMs) group.example = statement.slice(0, EXAMPLE_CHARS).toWellFormed();
  group.calls += call.calls;
  group.totalMs += duration;
  group.maxMs = Math.max(group.maxMs, duration);
  if (call.timeMs !== null) {
    group.firstMs = Math.min(group.firstMs ?? call.timeMs, call.timeMs);
    group.lastMs = Math.max(group.lastMs ?? call.timeMs, call.timeMs);
  }
  if (call.failed) group.errors += call.calls;
  if (call.user !== null) group.users.add(call.user);
  if (call.database !== null) group.databases.add(call.database);
}

function documentOf(group: Group): Document {
  const { shape, line } = group;
  return {
    uri: group.doc,
    kind: group.kind,
    title: [shape.type, shape.tables.join(", ")].filter(Boolean).join(" "),
    lang: "sql",
    text: shape.normalised,
    segments: [{ start: 0, line, step: 0 }],
    row: null,
    metadata: {
      fingerprint: shape.fingerprint,
      statement_type: shape.type,
      tables: shape.tables,
      columns: shape.columns,
      users: [...group.users].sort(),
      databases: [...group.databases].sort(),
      applications: [...group.applications].sort(),
      calls: group.calls,
      // Sums of binary fractions carry noise that nobody measured.
      total_ms: Math.round(group.totalMs * 1e6) / 1e6,
      max_ms: group.maxMs,
      first_time: group.firstMs,
      last_time: group.lastMs,
      errors: group.errors,
      example: group.example,
    },
  };
}
