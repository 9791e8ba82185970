/** PostgreSQL's plain log: messages behind a prefix that every server sets for itself (`log_line_prefix`). */
import { logTime } from "./log-time.ts";
import type { PgMessage } from "./pg-executions.ts";

/** Longest prefix that is looked through for the mark of a message. */
const MAX_PREFIX = 400;
const MARK =
  /(?:^|[^A-Za-z])(DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT): {2}/;
/** Parts of a message that follow its first line. */
const PARTS = new Set(["DETAIL", "HINT", "QUERY", "CONTEXT", "LOCATION", "STATEMENT"]);

/** Where a line's prefix ends and which part of a message it begins; undefined for lines that go on. */
export function markOf(text: string): { prefix: string; part: string; rest: string } | undefined {
  if (text.startsWith("\t")) return undefined;
  const found = MARK.exec(text.length > MAX_PREFIX ? text.slice(0, MAX_PREFIX) : text);
  if (!found) return undefined;
  const from = found.index + found[0].length - found[1]!.length - 3;
  return { prefix: text.slice(0, from), part: found[1]!, rest: text.slice(found.index + found[0].length) };
}

/** Puts messages together from lines. */
export class PgStderr {
  #message: PgMessage | undefined;
  #prefix = "";
  /** The field that a line without a mark continues. */
  #field: "message" | "detail" | "statement" | undefined;

  /** Takes a line; gives the message before, when this one begins another. */
  push(line: number, text: string): PgMessage | undefined {
    const mark = markOf(text);
    if (!mark) {
      this.#continue(text);
      return undefined;
    }
    const { prefix, part, rest } = mark;
    if (this.#message && PARTS.has(part)) {
      this.#field = part === "DETAIL" ? "detail" : part === "STATEMENT" ? "statement" : undefined;
      if (this.#field) this.#message[this.#field] = rest;
      if (part === "STATEMENT") this.#message.statementLine = line;
      return undefined;
    }
    const before = this.#message;
    this.#prefix = prefix;
    this.#message = {
      line,
      ...prefixOf(this.#prefix),
      severity: part,
      message: rest,
      detail: undefined,
      statement: undefined,
      statementLine: line,
      escaped: false,
    };
    this.#field = "message";
    return before;
  }

  /** The last message. */
  end(): PgMessage | undefined {
    const last = this.#message;
    this.#message = undefined;
    return last;
  }

  /** The server indents the further lines of a message with a tab. */
  #continue(text: string): void {
    const message = this.#message;
    if (!message || !this.#field) return;
    const more = text.startsWith("\t") ? text.slice(1) : text;
    message[this.#field] = `${message[this.#field] ?? ""}\n${more}`;
  }
}

const TIME = /\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: [A-Z]{2,5}\b| ?[+-]\d\d(?::?\d\d)?)?/;
const EPOCH = /(?:^|[^\d.])(1\d{9}\.\d{3})(?!\d)/;
const PROCESS = /\[(\d+)(?:-\d+)?\]|(?:^|[^\w.])(?:pid|p)=(\d+)|\b([0-9a-f]{6,8}\.[0-9a-f]+)\b/;
const NAMED = (names: string) =>
  new RegExp(`(?:^|[^\\w])(?:${names})=("?)([^,\\s\\]]*?)\\1(?=:?\\[|[,\\s\\]]|:?$)`, "i");
const USER = NAMED("user|u");
const DATABASE = NAMED("db|database|d");
const APPLICATION = NAMED("app|application|application_name|a");
const AT = /([^\s@,[\]=:]+)@([^\s@,[\]=:]+)/;

type Prefix = Pick<PgMessage, "time" | "user" | "database" | "application" | "session">;

/** What can be told from a prefix: its parts are known by their form. */
function prefixOf(prefix: string): Prefix {
  const stamp = TIME.exec(prefix)?.[0];
  const epoch = stamp === undefined ? EPOCH.exec(prefix)?.[1] : undefined;
  const rest = stamp === undefined ? prefix : prefix.replace(stamp, "");
  const process = PROCESS.exec(rest);
  const at = AT.exec(rest);
  const behind = at ? rest.slice(at.index + at[0].length).trim() : "";
  return {
    time: stamp === undefined ? (epoch === undefined ? undefined : Math.round(Number(epoch) * 1000)) : logTime(stamp),
    session: process?.[1] ?? process?.[2] ?? process?.[3] ?? rest,
    user: known(USER.exec(rest)?.[2] ?? at?.[1]),
    database: known(DATABASE.exec(rest)?.[2] ?? at?.[2]),
    application: known(APPLICATION.exec(rest)?.[2] ?? (/^[\w./-][\w ./-]*$/.test(behind) ? behind : undefined)),
  };
}

/** The server writes `[unknown]` for what a session has not told. */
function known(value: string | undefined): string | undefined {
  return value === undefined || value === "" || /^\[?unknown\]?$/.test(value) ? undefined : value;
}
