/** JSON lines of which each is an execution of a statement; a map of fields says where its parts stand. */
import type { Read } from "../../core/document.ts";
import { UsageError } from "../../core/errors.ts";
import type { Format, FormatInput } from "./format.ts";
import { splitLines, utf8Bytes } from "./shared/bytes.ts";
import { fieldOf, type Values } from "./shared/fields.ts";
import { parseRow } from "./shared/json-row.ts";
import { logTime } from "./shared/log-time.ts";
import { extensions } from "./shared/names.ts";
import { type Execution, Statements } from "./shared/statements.ts";

/** What an entry of the map may name, and the names under which it is looked for without one. */
const PARTS = {
  statement: ["statement", "query", "sql", "query_text", "sql_text"],
  duration_ms: ["duration_ms", "elapsed_ms", "latency_ms", "time_ms"],
  duration_us: ["duration_us", "elapsed_us"],
  duration_ns: ["duration_ns", "elapsed_ns"],
  duration_s: ["duration_s", "query_time", "elapsed_s"],
  time: ["time", "timestamp", "ts", "@timestamp", "started_at"],
  calls: ["calls", "count"],
  user: ["user", "user_name", "usename", "db_user"],
  database: ["database", "db", "dbname", "datname", "schema"],
  application: ["application", "app", "application_name", "service"],
} as const;
type Part = keyof typeof PARTS;

/** Milliseconds in the unit of each field of a duration. */
const UNITS = { duration_ms: 1, duration_us: 1e-3, duration_ns: 1e-6, duration_s: 1e3 } as const;

const sqlJsonl: Format = {
  name: "sql-jsonl",
  extensions: extensions["sql-jsonl"],
  binary: false,
  rows: true,
  async *read(input: FormatInput, options) {
    const statements = new Statements(input, options, "sql-jsonl", "generic");
    const fields = fieldMap(options.statementFields ?? []);
    for await (const piece of splitLines(utf8Bytes(input), options.maxDocumentBytes)) {
      const read = parseRow(input, piece, piece.line, options.maxDocumentBytes);
      if (!read) continue;
      if ("reject" in read) yield read;
      else yield executionOf(read.row.values, read.row.line, fields, statements);
    }
  },
};
export default sqlJsonl;

type FieldMap = ReadonlyMap<Part, readonly string[]>;

/** @throws UsageError for an entry that is not `part=field`, or names no part */
function fieldMap(entries: readonly string[]): FieldMap {
  const map = new Map<Part, readonly string[]>(Object.entries(PARTS) as [Part, readonly string[]][]);
  for (const entry of entries) {
    const [part = "", field = ""] = entry.split(/=(.*)/s, 2);
    if (!Object.hasOwn(PARTS, part) || field === "") {
      throw new UsageError(
        `"${entry}" says not which field holds a part of a statement`,
        `write part=field, e.g. statement=sql_text; parts: ${Object.keys(PARTS).join(", ")}`,
      );
    }
    map.set(part as Part, [field]);
  }
  return map;
}

function executionOf(values: Values, line: number, fields: FieldMap, statements: Statements): Read {
  const of = (part: Part) =>
    fields
      .get(part)!
      .map((name) => fieldOf(values, name))
      .find((value) => value !== undefined && value !== null);
  const text = of("statement");
  if (typeof text !== "string" || text.trim() === "") {
    const reason = `the row has no statement: none of its fields is "${fields.get("statement")!.join('", "')}"`;
    const hint = "say which field holds it: --statement-fields statement=FIELD";
    return statements.refuse(line, "statement-missing", reason, hint, JSON.stringify(values));
  }
  const word = (part: Part) => {
    const value = of(part);
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  };
  const execution: Execution = {
    text,
    line,
    escaped: true,
    time: timeOf(of("time")),
    durationMs: durationOf(of),
    calls: numberOf(of("calls")),
    user: word("user"),
    database: word("database"),
    application: word("application"),
  };
  return statements.read(execution);
}

function durationOf(of: (part: Part) => unknown): number | undefined {
  for (const [part, unit] of Object.entries(UNITS) as [keyof typeof UNITS, number][]) {
    const value = numberOf(of(part));
    if (value !== undefined) return value * unit;
  }
  return undefined;
}

function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** A time as text, or in seconds, milliseconds, microseconds or nanoseconds since the epoch, by its size. */
function timeOf(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number === undefined) return typeof value === "string" ? (logTime(value) ?? parsed(value)) : undefined;
  const unit = number < 1e11 ? 1e3 : number < 1e14 ? 1 : number < 1e17 ? 1e-3 : 1e-6;
  return Math.round(number * unit);
}

function parsed(text: string): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
