/** What the program says of its work, to whoever listens: the terminal, a file, nobody. */

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Plain values only: a record becomes one line of JSON. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogRecord {
  level: LogLevel;
  message: string;
  fields: LogFields;
  /** Whether people are told in another way, so that a terminal need not say it again. */
  spoken: boolean;
}

export type LogListener = (record: LogRecord) => void;

const listeners = new Set<LogListener>();

/** Hands every record to a listener until it is disposed. A listener never throws. */
export function listenToLog(listener: LogListener): Disposable {
  listeners.add(listener);
  return { [Symbol.dispose]: () => void listeners.delete(listener) };
}

/** Says something; without listeners it costs nothing. */
export function say(level: LogLevel, message: string, fields: LogFields = {}, spoken = false): void {
  if (listeners.size === 0) return;
  const record = { level, message, fields, spoken };
  for (const listener of listeners) listener(record);
}

/** Whether a record of a level passes where `least` is asked for. */
export function passes(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** Longest text in a record: a document's excerpt may stand in one, not a document. */
const LONGEST_TEXT = 8_000;

/** A record as one line of JSON, the fields after those that every line has. */
export function logLine(head: LogFields, { level, message, fields }: LogRecord): string {
  const cut = (_: string, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "string" || value.length <= LONGEST_TEXT) return value;
    return `${value.slice(0, LONGEST_TEXT).toWellFormed()}…`;
  };
  const { time, ...rest } = head;
  return `${JSON.stringify({ time, level, ...rest, message, ...fields }, cut)}\n`;
}
