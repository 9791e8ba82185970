/** Which log of statements a text is, by its beginning. */
import { markOf } from "./pg-stderr.ts";

/** Characters that are looked at. */
const WITHIN = 16_384;

const SEVERITY = "DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC";
const CSV_START = new RegExp(
  `^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} [A-Z0-9+-]+,(?:"[^"]*"|),(?:"[^"]*"|),\\d*,(?:"[^"]*"|[^,]*),[0-9a-f.]+,\\d+,(?:"[^"]*"|),[^,]*,[^,]*,\\d*,(?:${SEVERITY}),`,
);

/** How a PostgreSQL server wrote the log; undefined when it is none. */
export function pgLogKind(text: string): "csv" | "json" | "stderr" | undefined {
  const start = text.slice(0, WITHIN);
  if (CSV_START.test(start)) return "csv";
  const end = start.indexOf("\n");
  const first = end === -1 ? start : start.slice(0, end);
  if (first.startsWith("{") && /"error_severity":/.test(first) && /"timestamp":/.test(first)) return "json";
  return isPgStderr(start) ? "stderr" : undefined;
}

/** Lines of messages of which one speaks of statements as only this server does. */
function isPgStderr(start: string): boolean {
  const lines = start.split("\n", 200);
  let marks = 0;
  let told = false;
  for (const line of lines) {
    const mark = markOf(line);
    if (!mark) continue;
    marks++;
    told ||=
      mark.part === "STATEMENT" ||
      (mark.part === "LOG" &&
        /^(?:duration: [\d.]+ ms|statement: |execute [^:]+: |(?:starting PostgreSQL|database system (?:is ready|was shut down)))/.test(
          mark.rest,
        ));
  }
  return told && marks * 4 >= lines.length - 1;
}

/** MySQL's and MariaDB's slow query log. */
export function isMysqlSlowLog(text: string): boolean {
  const start = text.slice(0, WITHIN);
  return /^# User@Host: /m.test(start) && /^# (?:Thread_id: .*\n# )?Query_time: [\d.]+/m.test(start);
}

/** A trace of the SQLite shell (`.trace FILE --profile`): statements with their time in nanoseconds. */
export function isSqliteTrace(text: string): boolean {
  const start = text.slice(0, WITHIN);
  const end = start.search(/; -- \d+ ns(?:\n|$)/);
  return end > 0 && (start.match(/; -- \d+ ns$/gm)?.length ?? 0) * 20 >= start.split("\n").length - 1;
}

/** The format of a log of statements. */
export function statementLog(text: string): "pg-log" | "mysql-slow" | "sqlite-trace" | undefined {
  if (pgLogKind(text) !== undefined) return "pg-log";
  if (isMysqlSlowLog(text)) return "mysql-slow";
  return isSqliteTrace(text) ? "sqlite-trace" : undefined;
}
