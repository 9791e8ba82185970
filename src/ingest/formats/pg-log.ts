/** Logs of PostgreSQL, as csvlog, jsonlog or plain text: one document per execution of a statement. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { decodedParts } from "./shared/bytes.ts";
import { CsvParser } from "./shared/csv-parser.ts";
import { decodeText } from "./shared/decode.ts";
import { logTime } from "./shared/log-time.ts";
import { extensions } from "./shared/names.ts";
import { PgExecutions, type PgMessage } from "./shared/pg-executions.ts";
import { PgStderr } from "./shared/pg-stderr.ts";
import { pgLogKind } from "./shared/statement-logs.ts";
import { Statements } from "./shared/statements.ts";
import { LineSplitter } from "./shared/text-lines.ts";

const pgLog: Format = {
  name: "pg-log",
  extensions: extensions["pg-log"],
  binary: false,
  rows: true,
  async *read(input, options) {
    const statements = new Statements(input, options, "pg-log", "postgres");
    const kind = pgLogKind(decodeText(input.head).text) ?? "stderr";
    const executions = new PgExecutions();
    for await (const found of readers[kind](input, options, statements)) {
      if ("reject" in found || "document" in found) yield found;
      else for (const execution of executions.push(found)) yield statements.read(execution);
    }
    for (const execution of executions.end()) yield statements.read(execution);
  },
};
export default pgLog;

type Messages = AsyncGenerator<PgMessage | Read, void, undefined>;

const readers = { csv: readCsv, json: readJson, stderr: readStderr };

/** Fields of a csvlog, by their place. */
const CSV = {
  time: 0,
  user: 1,
  database: 2,
  process: 3,
  session: 5,
  severity: 11,
  message: 13,
  detail: 14,
  query: 19,
  application: 22,
};

async function* readCsv(input: FormatInput, options: ReadOptions, statements: Statements): Messages {
  const parser = new CsvParser(",", options.maxDocumentBytes);
  const push = function* (part: string, last: boolean): Generator<PgMessage | Read> {
    for (const record of parser.push(part, last)) {
      if ("problem" in record) {
        yield record.problem === "too-long"
          ? statements.tooLong(record.line, record.length, record.raw)
          : statements.refuse(record.line, "log-entry", "a quote of the entry is not closed", HINT, record.raw);
        continue;
      }
      const { fields, lines } = record;
      if (fields.length === 1 && fields[0]!.trim() === "") continue;
      if (fields.length < CSV.query) {
        const reason = `the entry has ${fields.length} fields, a csvlog has at least 23`;
        yield statements.refuse(lines[0]!, "log-entry", reason, HINT, record.raw);
        continue;
      }
      yield {
        line: lines[CSV.message]!,
        time: logTime(fields[CSV.time]!),
        user: fields[CSV.user],
        database: fields[CSV.database],
        application: fields[CSV.application],
        session: fields[CSV.session]! || fields[CSV.process]!,
        severity: fields[CSV.severity]!,
        message: fields[CSV.message]!,
        detail: fields[CSV.detail],
        statement: fields[CSV.query],
        statementLine: lines[CSV.query]!,
        escaped: false,
      };
    }
  };
  for await (const part of decodedParts(input)) yield* push(part, false);
  yield* push("", true);
}

const HINT = "the other entries were read; was the log cut off here?";

async function* readJson(input: FormatInput, options: ReadOptions, statements: Statements): Messages {
  const splitter = new LineSplitter(options.maxDocumentBytes);
  const push = function* (part: string, last: boolean): Generator<PgMessage | Read> {
    for (const { line, text, tooLong } of splitter.push(part, last)) {
      if (tooLong !== undefined) yield statements.tooLong(line, tooLong, text);
      else if (text.trim() !== "")
        yield messageOfJson(line, text) ??
          statements.refuse(line, "log-entry", "the entry is not a JSON object", HINT, text);
    }
  };
  for await (const part of decodedParts(input)) yield* push(part, false);
  yield* push("", true);
}

function messageOfJson(line: number, text: string): PgMessage | undefined {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return undefined;
  const of = (name: string) => (typeof entry[name] === "string" ? entry[name] : undefined);
  return {
    line,
    time: logTime(of("timestamp") ?? ""),
    user: of("user"),
    database: of("dbname"),
    application: of("application_name"),
    session: of("session_id") ?? String(entry.pid),
    severity: of("error_severity") ?? "",
    message: of("message") ?? "",
    detail: of("detail"),
    statement: of("statement"),
    statementLine: line,
    escaped: true,
  };
}

async function* readStderr(input: FormatInput, options: ReadOptions, statements: Statements): Messages {
  const splitter = new LineSplitter(options.maxDocumentBytes);
  const log = new PgStderr();
  const push = function* (part: string, last: boolean): Generator<PgMessage | Read> {
    for (const { line, text, tooLong } of splitter.push(part, last)) {
      if (tooLong !== undefined) yield statements.tooLong(line, tooLong, text);
      else {
        const message = log.push(line, text);
        if (message) yield message;
      }
    }
  };
  for await (const part of decodedParts(input)) yield* push(part, false);
  yield* push("", true);
  const message = log.end();
  if (message) yield message;
}
