/** Slow query logs of MySQL, MariaDB and Percona: one document per entry. */
import type { Read } from "../../core/document.ts";
import type { Format } from "./format.ts";
import { decodedParts } from "./shared/bytes.ts";
import { logTime } from "./shared/log-time.ts";
import { extensions } from "./shared/names.ts";
import { type Execution, Statements } from "./shared/statements.ts";
import { LineSplitter, type TextLine } from "./shared/text-lines.ts";

const mysqlSlow: Format = {
  name: "mysql-slow",
  extensions: extensions["mysql-slow"],
  binary: false,
  rows: true,
  async *read(input, options) {
    const statements = new Statements(input, options, "mysql-slow", "mysql");
    const splitter = new LineSplitter(options.maxDocumentBytes);
    const log = new SlowLog();
    const push = function* (part: string, last: boolean): Generator<Read> {
      for (const line of splitter.push(part, last)) {
        if (line.tooLong !== undefined) yield statements.tooLong(line.line, line.tooLong, line.text);
        else {
          const entry = log.push(line);
          if (entry) yield statements.read(entry);
        }
      }
    };
    for await (const part of decodedParts(input)) yield* push(part, false);
    yield* push("", true);
    const entry = log.end();
    if (entry) yield statements.read(entry);
  },
};
export default mysqlSlow;

const HEADER =
  /^# (?:Time|User@Host|Thread_id|Schema|Query_time|QC_Hit|Bytes_sent|Rows_affected|Full_scan|Filesort|Tmp_tables|InnoDB_\w+|Priority_queue|Stored_routine|explain)\b/;
/** What the server writes when it starts, and when the log is flushed. */
const BANNER = /^(?:\S*(?:mysqld|mariadbd)\S*, Version: |Tcp port: |Time\s+Id\s+Command\s+Argument)/;

/** Puts entries together from lines. What the log says only where it changes holds on: the time, and the database. */
class SlowLog {
  #entry: Partial<Execution> = {};
  #lines: string[] = [];
  #line = 0;
  #time: number | undefined;
  #database: string | undefined;

  push({ line, text }: TextLine): Execution | undefined {
    if (HEADER.test(text)) return this.#header(line, text);
    if (BANNER.test(text)) return this.end();
    if (this.#line === 0) return undefined;
    this.#body(line, text);
    return undefined;
  }

  /** The entry that was being read, when it has a statement. */
  end(): Execution | undefined {
    const text = this.#lines.join("\n").trim();
    const entry = this.#entry;
    const line = this.#line;
    this.#entry = {};
    this.#lines = [];
    this.#line = 0;
    // `# administrator command: Quit` is no statement.
    if (text === "" || entry.durationMs === undefined) return undefined;
    return { ...entry, text, line, time: entry.time ?? this.#time, database: entry.database ?? this.#database };
  }

  #header(line: number, text: string): Execution | undefined {
    // A header behind a statement begins the next entry.
    const before =
      this.#lines.length > 0 || (this.#entry.durationMs !== undefined && /^# (?:Time|User@Host):/.test(text))
        ? this.end()
        : undefined;
    if (this.#line === 0) this.#line = line;
    const entry = this.#entry;
    const time = /^# Time: (.*)$/.exec(text)?.[1];
    if (time !== undefined) {
      // Without a zone it is less exact than the stamp that follows.
      entry.time = logTime(time);
      this.#time = entry.time ?? oldTime(time);
    }
    entry.user ??= /^# User@Host: ([^[\s]+)/.exec(text)?.[1];
    entry.database ??= /\bSchema: (\S+)/.exec(text)?.[1];
    const duration = /\bQuery_time: ([\d.]+)/.exec(text)?.[1];
    if (duration !== undefined) entry.durationMs = Math.round(Number(duration) * 1e6) / 1e3;
    return before;
  }

  #body(line: number, text: string): void {
    if (/^# administrator command: /.test(text)) return;
    if (this.#lines.length === 0) {
      const database = /^use (`?)([^`;]+)\1;\s*$/i.exec(text)?.[2];
      if (database !== undefined) {
        this.#database = database;
        return;
      }
      const stamp = /^SET timestamp=(\d+)(\.\d+)?;\s*$/i.exec(text);
      if (stamp) {
        this.#entry.time ??= Math.round(Number(stamp[1] + (stamp[2] ?? "")) * 1000);
        return;
      }
      if (text.trim() === "") return;
      this.#line = line;
    }
    this.#lines.push(text);
  }
}

/** `260131 12:00:00`, before MySQL 5.7. */
function oldTime(text: string): number | undefined {
  const [, year, month, day, clock] = /^(\d\d)(\d\d)(\d\d)\s+(\d\d?:\d\d:\d\d)/.exec(text) ?? [];
  return clock === undefined ? undefined : logTime(`20${year}-${month}-${day} ${clock.padStart(8, "0")}`);
}
