/** Formats and sources of a project that are external commands: which files they read, and that nothing untrusted runs. */
import { existsSync, mkdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { notTrusted, type Trust, trustOf } from "../../config/trust.ts";
import type { Read } from "../../core/document.ts";
import { UsageError } from "../../core/errors.ts";
import type { Project } from "../../core/project.ts";
import { closest } from "../../core/suggest.ts";
import { readDocuments } from "../../ingest/external/documents.ts";
import { type CommandRun, type Line, runCommand } from "../../ingest/external/run.ts";
import { spool, spooledLines } from "../../ingest/external/spool.ts";
import { formats } from "../../ingest/formats/index.ts";
import { rejectOf } from "../../ingest/reader/reject.ts";
import type { ScanRow } from "../../manifest/state.ts";

/** What an input begins with that names a source of the settings. */
const SOURCE = "source:";

type Config = Pick<Settings, "formats" | "sources" | "ingest">;

export class Externals {
  readonly #project: Project;
  readonly #config: Config;
  readonly #trust: Trust;
  readonly #byExtension = new Map<string, string>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  private constructor(project: Project, config: Config, trust: Trust) {
    this.#project = project;
    this.#config = config;
    this.#trust = trust;
    for (const [name, { extensions }] of Object.entries(config.formats)) {
      for (const extension of extensions) this.#byExtension.set(extension.replace(/^\./, "").toLowerCase(), name);
    }
  }

  /** @throws UsageError for a format that has the name of a built-in one */
  static async open(project: Project, config: Config): Promise<Externals> {
    const taken = Object.keys(config.formats).find((name) => formats.has(name));
    if (taken !== undefined) {
      throw new UsageError(`formats.${taken} cannot replace a built-in format`, "give it another name");
    }
    return new Externals(project, config, await trustOf(project.dir, config));
  }

  /** What the documents of a kind depend on besides their file; undefined for kinds that are none of ours. */
  definitionOf(kind: string): unknown {
    const { formats: own, sources } = this.#config;
    const command = (own[kind] ?? sources[kind])?.command;
    return command && [command, this.#trust.files];
  }

  /** Changes when a file that could not be read might be; empty where there are no commands. */
  get state(): unknown[] {
    const { commands, trusted, hash } = this.#trust;
    return commands.length === 0 ? [] : [trusted, hash];
  }

  /** The kind of the documents of a file or source that is ours; undefined for other files. */
  kindOf(path: string): string | undefined {
    if (isSourceName(path)) return path.slice(SOURCE.length);
    const dot = path.lastIndexOf(".");
    return dot === -1 ? undefined : this.#byExtension.get(path.slice(dot + 1).toLowerCase());
  }

  /** The documents of a file or source that is ours; undefined for other files. Failures are rejects. */
  read(scan: ScanRow, signal: AbortSignal): AsyncIterable<Read> | undefined {
    const kind = this.kindOf(scan.path);
    if (kind === undefined) return undefined;
    const name = scan.path.slice(scan.path.lastIndexOf("/") + 1);
    const of = { uri: scan.uri, name, kind, maxDocumentBytes: this.#config.ingest.maxDocumentBytes };
    const lines = isSourceName(scan.path) ? spooledLines(scan.absolute) : this.#lines(kind, name, scan, signal);
    return withRejects(readDocuments(lines, of), scan.uri, signal);
  }

  /** Whether an input of `ingest` names a source: `source:tickets`. A file of that name comes first. */
  isSource(input: string): boolean {
    return isSourceName(input) && !existsSync(input);
  }

  /**
   * Runs a source to its end, its output in a file of the project's state.
   *
   * @throws UsageError for an unknown source; MdpError when it is not trusted, or fails
   */
  async fetch(input: string, signal: AbortSignal): Promise<ScanRow> {
    const name = input.slice(SOURCE.length);
    const { sources } = this.#config;
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (!source) throw unknownSource(name, Object.keys(sources));
    if (!this.#trust.trusted) throw notTrusted(this.#trust, input);
    const dir = join(this.#project.stateDir, "sources");
    mkdirSync(dir, { recursive: true });
    const path = join(dir, `${name}.jsonl`);
    const given = `${JSON.stringify({ source: name })}\n`;
    await spool(this.#run(`sources.${name}`, source, given, signal), path, source.maxBytes);
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return { uri: input, root: input, path: input, absolute: path, size: Number(size), mtime: String(mtimeNs) };
  }

  /** One command per core at a time. */
  async *#lines(kind: string, name: string, scan: ScanRow, signal: AbortSignal): AsyncGenerator<Line> {
    if (!this.#trust.trusted) throw notTrusted(this.#trust, scan.path);
    const format = this.#config.formats[kind]!;
    const given = `${JSON.stringify({ path: scan.absolute, uri: scan.uri, name })}\n`;
    if (this.#running >= availableParallelism()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      signal.throwIfAborted();
      yield* runCommand(this.#run(`formats.${kind}`, format, given, signal));
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #run(
    name: string,
    limits: Pick<CommandRun, "command" | "timeoutMs" | "memoryBytes">,
    input: string,
    signal: AbortSignal,
  ): CommandRun {
    const { command, timeoutMs, memoryBytes } = limits;
    const maxLineBytes = this.#config.ingest.maxDocumentBytes;
    return { name, command, cwd: this.#project.dir, input, timeoutMs, memoryBytes, maxLineBytes, signal };
  }
}

function isSourceName(path: string): boolean {
  return path.startsWith(SOURCE);
}

async function* withRejects(reads: AsyncIterable<Read>, uri: string, signal: AbortSignal): AsyncGenerator<Read> {
  try {
    yield* reads;
  } catch (error) {
    if (signal.aborted) throw error;
    yield { reject: rejectOf(uri, error) };
  }
}

function unknownSource(name: string, known: readonly string[]): UsageError {
  const near = closest(name, known);
  const guess = near ? `did you mean "source:${near}"? ` : "";
  const list = known.length === 0 ? "mdp.yaml names none" : `sources of mdp.yaml: ${known.join(", ")}`;
  return new UsageError(`there is no source "${name}"`, `${guess}${list}`);
}
