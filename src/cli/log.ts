/** The log on the terminal: which form and which levels stderr has, and which command speaks. */
import { LOG_LEVELS, type LogLevel, type LogRecord, logLine, passes } from "../core/log.ts";

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface TerminalLog {
  format: LogFormat;
  /** Undefined where nobody asked: then people are told what they always are. */
  level: LogLevel | undefined;
  /** The words of the command: `data tag`. */
  command: string;
  /** Name of the run, once it has one. */
  run: string | null;
}

/** One process is one command. */
export const terminalLog: TerminalLog = { format: "text", level: undefined, command: "", run: null };

/** Takes `--log-format` and `--log-level` from arguments that are not checked yet; what is wrong is refused later. */
export function readLogFlags(argv: readonly string[]): void {
  const given = (flag: string) => {
    const at = argv.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
    return at === -1 ? undefined : argv[at] === flag ? argv[at + 1] : argv[at]!.slice(flag.length + 1);
  };
  terminalLog.format = given("--log-format") === "json" ? "json" : "text";
  terminalLog.level = LOG_LEVELS.find((level) => level === given("--log-level"));
  // Records are told apart by their level; to be quiet is to ask for fewer.
  if (terminalLog.format === "json" && argv.includes("--quiet")) terminalLog.level ??= "warn";
}

/** Writes a record to stderr, where it belongs there in its form and by its level. */
export function writeToTerminal(record: LogRecord): void {
  const { format, level, command, run } = terminalLog;
  if (format === "json") {
    if (!passes(record.level, level ?? "info")) return;
    process.stderr.write(logLine({ time: new Date().toISOString(), run, command: command || null }, record));
    return;
  }
  if (record.spoken || level === undefined || !passes(record.level, level)) return;
  const fields = Object.entries(record.fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(
      ([name, value]) => ` ${name}=${typeof value === "string" && /^[\w./:-]+$/.test(value) ? value : asJson(value)}`,
    );
  process.stderr.write(`${record.level}: ${asOneLine(record.message)}${fields.join("")}\n`);
}

/** Whether people are told on the terminal, in words, what has a level. */
export function tellsPeople(level: LogLevel): boolean {
  return terminalLog.format === "text" && (terminalLog.level === undefined || passes(level, terminalLog.level));
}

const CONTROL = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g;
const asOneLine = (text: string) => text.replace(CONTROL, "\ufffd");
const asJson = (value: unknown) => asOneLine(JSON.stringify(value));
