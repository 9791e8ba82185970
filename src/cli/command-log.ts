/** What is logged of one command: its start, its end, its failure; in `.mdp/logs/` when it changes the project. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { locateProject } from "../config/project.ts";
import { messageOf, UsageError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { LOG_LEVELS, type LogRecord, listenToLog, logLine, passes, say } from "../core/log.ts";
import { LogFile } from "../core/log-file.ts";
import { type Project, projectAt } from "../core/project.ts";
import type { Context } from "./context.ts";
import { LOG_FORMATS, terminalLog, writeToTerminal } from "./log.ts";
import { isBrokenPipe } from "./output.ts";
import { exitCodeOfError, factsOf } from "./ui/error.ts";

/** Lines that wait for the project's folder, which a first `ingest` makes on its way. */
const MAX_WAITING = 1_000;

/** Folder of a project's logs. */
export const logsDir = ({ stateDir }: Project): string => join(stateDir, "logs");

/**
 * Runs a command with its log.
 *
 * @param changes whether it is one of those that leave something behind: they log to the project's files too
 */
export async function withLog(context: Context, changes: boolean, body: () => Promise<number>): Promise<number> {
  checkFlags(context);
  using _terminal = listenToLog(writeToTerminal);
  if (!changes) return body();
  terminalLog.run ??= context.run;
  const project = projectOf(context);
  using file = project ? openFileLog(project) : undefined;
  const started = performance.now();
  let ended = false;
  const end = (code: number) => {
    if (ended) return;
    ended = true;
    say("info", "end", { ...context.counts, ms: Math.round(performance.now() - started), exitCode: code });
    file?.flush();
  };
  // A second Ctrl-C, or a crash, ends the process where it is.
  process.on("exit", end);
  try {
    say("info", "start", { mdp: version, settings: await settingsHash(context, project), argv: knownArgv() });
    const code = await body();
    end(code);
    return code;
  } catch (error) {
    if (!isBrokenPipe(error)) sayError(error);
    end(isBrokenPipe(error) ? 0 : exitCodeOfError(error));
    throw error;
  } finally {
    process.off("exit", end);
  }
}

const said = new WeakSet<object>();

/** Logs an error once, its stack for `debug`. People read of it elsewhere. */
export function sayError(error: unknown): void {
  if (typeof error === "object" && error !== null) {
    if (said.has(error)) return;
    said.add(error);
  }
  const { code, message, where, hint } = factsOf(error);
  say(code === "interrupted" ? "warn" : "error", message, { code, where, hint }, true);
  const { stack, cause } = (error ?? {}) as Partial<Error>;
  if (stack === undefined) return;
  say("debug", "stack", { code, stack, ...(cause === undefined ? {} : { cause: messageOf(cause) }) });
}

function checkFlags(context: Context): void {
  const check = (flag: string, words: readonly string[]) => {
    const text = context.value(flag);
    if (text === undefined || words.includes(text)) return;
    throw new UsageError(`--${flag} ${text} is not known`, `it is one of: ${words.join(", ")}`);
  };
  check("log-format", LOG_FORMATS);
  check("log-level", LOG_LEVELS);
}

function projectOf({ cwd, projectFlag, projectToFill }: Context): Project | null {
  try {
    return locateProject(cwd, projectFlag) ?? projectToFill();
  } catch {
    // The command itself says what is wrong with `--project`.
    return projectFlag === undefined ? projectAt(cwd) : null;
  }
}

interface FileLog extends Disposable {
  flush(): void;
}

function openFileLog(project: Project): FileLog {
  const onFailure = (reason: string) =>
    say("warn", `this run is not logged: ${reason}`, { code: "log-unwritable" }, false);
  const log = new LogFile({ dir: logsDir(project), onFailure: (reason) => void tellFailure(reason, onFailure) });
  const waiting: string[] = [];
  const flush = () => {
    if (!existsSync(project.stateDir)) return;
    for (const line of waiting.splice(0)) log.append(line);
  };
  const listener = listenToLog((record: LogRecord) => {
    if (!passes(record.level, terminalLog.level === "debug" ? "debug" : "info")) return;
    const { run, command } = terminalLog;
    if (waiting.length < MAX_WAITING)
      waiting.push(logLine({ time: new Date().toISOString(), run, command, pid: process.pid }, record));
    flush();
  });
  return {
    flush,
    [Symbol.dispose]() {
      listener[Symbol.dispose]();
      flush();
      log[Symbol.dispose]();
    },
  };
}

/** In text, warnings go to people; in JSON they are a record as every other. */
function tellFailure(reason: string, asRecord: (reason: string) => void): void {
  if (terminalLog.format === "json" || terminalLog.level !== undefined) asRecord(reason);
  else process.stderr.write(`warning: this run is not logged: ${reason}\n`);
}

/** Of all settings as they hold for the command; null where they are wrong, which the command says. */
async function settingsHash(context: Context, project: Project | null): Promise<string | null> {
  try {
    return sha256(JSON.stringify(sorted(await context.settings(project)))).slice(0, 16);
  } catch {
    return null;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** The arguments of this process, what looks like a secret left out. */
function knownArgv(): string[] {
  return withoutSecrets(process.argv.slice(2));
}

const SECRET_FLAG = /^--?(?:[a-z0-9]+-)*(?:token|key|secret|password|passwd|authorization|credentials?)$/i;
const SECRET_NAME =
  /((?:token|api[-_]?key|access[-_]?key|secret|password|passwd|authorization|signature)[=:]\s*)[^&\s]+/gi;
const HIDDEN = "***";

/** Arguments with the values of flags such as `--api-key`, and what stands in addresses, replaced by `***`. */
export function withoutSecrets(argv: readonly string[]): string[] {
  return argv.map((arg, i) => {
    if (i > 0 && SECRET_FLAG.test(argv[i - 1]!) && !arg.startsWith("--")) return HIDDEN;
    const [, flag] = /^(--?[\w-]+)=/.exec(arg) ?? [];
    if (flag !== undefined && SECRET_FLAG.test(flag)) return `${flag}=${HIDDEN}`;
    return arg
      .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, `$1${HIDDEN}@`)
      .replace(SECRET_NAME, `$1${HIDDEN}`)
      .replace(/\b(?:hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|gh[a-z]_[A-Za-z0-9]{16,})\b/g, HIDDEN);
  });
}
