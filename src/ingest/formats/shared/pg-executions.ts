/** Messages of a PostgreSQL server, however they were written, as executions of statements. */
import type { Execution } from "./statements.ts";

/** One message of the log. */
export interface PgMessage {
  line: number;
  time: number | undefined;
  user: string | undefined;
  database: string | undefined;
  application: string | undefined;
  /** What tells sessions apart: the process, or the session's id. */
  session: string;
  /** `LOG`, `ERROR`, … */
  severity: string;
  message: string;
  detail: string | undefined;
  /** The statement that the message is about. */
  statement: string | undefined;
  /** Line on which that statement begins. */
  statementLine: number;
  /** Newlines in the message are written as escapes. */
  escaped: boolean;
}

/** `duration: 0.8 ms  statement: …`, `… execute name: …`; the name may hold anything but a colon. */
const DURATION = /^duration: (\d+(?:\.\d+)?) ms(?: {2}(statement|parse|bind|execute|fastpath)[^:]{0,200}: )?/;
/** The same without a duration, by `log_statement`. */
const STATEMENT = /^(statement|execute [^:]{0,200}): /;
const FAILED = new Set(["ERROR", "FATAL", "PANIC"]);

/** Sessions whose last statement waits for its duration. */
const MOST_WAITING = 10_000;

/**
 * Joins what belongs together: a statement and the duration that a later message of the same session tells, and a
 * statement and the error it ended with. Steps of a prepared statement (`parse`, `bind`) are no executions.
 */
export class PgExecutions {
  readonly #waiting = new Map<string, Execution>();

  /** The executions that are known to be complete with this message. */
  *push(message: PgMessage): Generator<Execution, void, undefined> {
    if (FAILED.has(message.severity)) return yield* this.#failed(message);
    if (message.severity !== "LOG") return;
    const text = message.message;
    if (text.startsWith("duration: ")) {
      const found = DURATION.exec(text);
      if (!found) return;
      const durationMs = Number(found[1]);
      const kind = found[2];
      if (kind === undefined) yield* this.#timed(message, durationMs);
      else if (kind === "statement" || kind === "execute") {
        const statement = text.slice(found[0].length);
        const waiting = this.#waiting.get(message.session);
        if (waiting) this.#waiting.delete(message.session);
        if (waiting && waiting.text !== statement) yield waiting;
        yield { ...executionOf(message, statement), durationMs };
      }
      return;
    }
    const found = STATEMENT.exec(text);
    if (found) yield* this.#wait(message, text.slice(found[0].length));
  }

  /** Statements whose duration never came. */
  *end(): Generator<Execution, void, undefined> {
    yield* this.#waiting.values();
    this.#waiting.clear();
  }

  *#timed({ session }: PgMessage, durationMs: number): Generator<Execution> {
    const waiting = this.#waiting.get(session);
    if (!waiting) return;
    this.#waiting.delete(session);
    yield { ...waiting, durationMs };
  }

  *#wait(message: PgMessage, statement: string): Generator<Execution> {
    const before = this.#waiting.get(message.session);
    if (before) {
      this.#waiting.delete(message.session);
      yield before;
    }
    this.#waiting.set(message.session, executionOf(message, statement));
    if (this.#waiting.size <= MOST_WAITING) return;
    const [oldest, execution] = this.#waiting.entries().next().value!;
    this.#waiting.delete(oldest);
    yield execution;
  }

  *#failed(message: PgMessage): Generator<Execution> {
    const { statement, session } = message;
    if (!statement) return;
    const waiting = this.#waiting.get(session);
    if (waiting) {
      this.#waiting.delete(session);
      if (waiting.text !== statement) yield waiting;
    }
    yield {
      ...executionOf(message, statement),
      line: message.statementLine,
      error: message.message.replace(/ at character \d+$/, ""),
    };
  }
}

function executionOf(message: PgMessage, text: string): Execution {
  const { line, escaped, time, user, database, application, detail } = message;
  const parameters = detail?.startsWith("parameters: ") ? detail.slice("parameters: ".length) : undefined;
  return { text, line, escaped, time, user, database, application, parameters };
}
