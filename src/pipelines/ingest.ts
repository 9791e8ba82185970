/** `ingest`: files → documents → passages → vectors → store, incrementally, so that a re-run does only what changed. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema.ts";
import type { Reject } from "../core/document.ts";
import { InterruptedError, MdpError } from "../core/errors.ts";
import { idOf } from "../core/hash.ts";
import type { Embedder } from "../core/ports.ts";
import { type Project, pathOfUri } from "../core/project.ts";
import { openEmbedder } from "../embed/embedder.ts";
import { openReaderPool } from "../ingest/read.ts";
import { lockProject } from "../manifest/lock.ts";
import { State, stateError } from "../manifest/state.ts";
import { openStore, type Store } from "../store/store.ts";
import { countSkipped, ingestItems } from "./ingest/items.ts";
import { CONTEXT_TOKENS } from "./ingest/prepare.ts";
import { writeRejects } from "./ingest/rejects.ts";
import { removeUnseen } from "./ingest/remove.ts";
import { emptyReport, FAILURES_SHOWN, failureOf, type IngestProgress, type IngestReport } from "./ingest/report.ts";
import { mayRemove, type ScanResult, scanInputs } from "./ingest/scan.ts";
import { Writer } from "./ingest/writer.ts";

export { exitCodeOf, type Failure, type IngestProgress, type IngestReport } from "./ingest/report.ts";

export interface IngestRequest {
  project: Project;
  /** Files, folders, globs, or `-` for a list of paths on `stdin`. */
  inputs: string[];
  stdin?: AsyncIterable<string>;
  settings: Settings;
  signal: AbortSignal;
  onProgress?: (progress: IngestProgress) => void;
}

/** Raised when reading or chunking changes, so that the next run reads everything again. */
const PIPELINE_VERSION = 1;
/** Every commit makes new index pages, so that a larger cache would only fill with old ones. */
const INDEX_CACHE_BYTES = 16_000_000;
/** `[CLS]` and `[SEP]`, or their like. */
const SPECIAL_TOKENS = 2;

const RESUME_HINT = "what was committed is kept; run the same command again to go on";

/**
 * Ingests the inputs into the project.
 *
 * @throws InterruptedError when the signal aborts: what was committed stays.
 * @throws MdpError when the project is locked, a root has vanished, or the store or disk fails.
 */
export async function ingest(request: IngestRequest): Promise<IngestReport> {
  mkdirSync(request.project.stateDir, { recursive: true });
  using _lock = lockProject(request.project.stateDir, "ingest");
  using state = new State(request.project.stateDir);
  const run = newRunId();
  state.beginRun(run, request.inputs, request.settings);
  try {
    const report = await new Ingest(request, state, run).execute();
    state.finishRun(run, "finished", report);
    return report;
  } catch (error) {
    const interrupted = request.signal.aborted || error instanceof InterruptedError;
    try {
      state.finishRun(run, interrupted ? "interrupted" : "failed", null);
    } catch {
      // On a full disk this cannot be noted either; the next run takes a run without an end as interrupted.
    }
    throw interrupted ? new InterruptedError(RESUME_HINT) : stateError(error, request.project.stateDir);
  }
}

/** One run: opens the model and the store only when something has to be done with them. */
class Ingest {
  readonly #request: IngestRequest;
  readonly #state: State;
  readonly #report: IngestReport;
  readonly #settingsHash: string;
  readonly #started = performance.now();
  readonly #progress: IngestProgress;
  #embedder: Promise<Embedder> | undefined;
  #store: Promise<Store> | undefined;

  constructor(request: IngestRequest, state: State, run: string) {
    this.#request = request;
    this.#state = state;
    this.#report = emptyReport(run);
    this.#settingsHash = hashSettings(request.settings);
    this.#progress = { phase: "scan", scanned: 0, items: 0, done: 0, chunks: 0, embedded: 0, tokens: 0 };
  }

  async execute(): Promise<IngestReport> {
    const state = this.#state;
    const report = this.#report;
    try {
      if (state.hasItems() && !existsSync(join(this.#request.project.stateDir, "lancedb"))) state.forgetItems();
      await this.#checkEmbedder();
      const scan = await this.#timed("scan", () => this.#scan());
      const writer = await this.#ingest(scan);
      await this.#timed("store", () => removeUnseen({ ...this.#context(scan), report }));
      // The model's memory is given back before indices are built, which takes some of its own.
      if (this.#store) await this.#closeEmbedder();
      await this.#timed("index", () => this.#index());
      const { chunks } = state.totals();
      report.chunks.total = chunks;
      // Equal passages share one pass through the model; each of their chunks counts as embedded.
      report.chunks.embedded = writer.embeddedRecords;
      report.chunks.kept = chunks - writer.embeddedRecords;
      report.rejectsFile = await writeRejects(this.#request.project.stateDir, state);
    } finally {
      if (this.#store) await (await this.#store)[Symbol.asyncDispose]();
      await this.#closeEmbedder();
    }
    report.seconds.total = this.#seconds();
    return report;
  }

  async #scan(): Promise<ScanResult> {
    const { project, inputs, stdin, settings, signal } = this.#request;
    const scan = await scanInputs({
      project,
      inputs,
      stdin,
      settings: settings.ingest,
      state: this.#state,
      signal,
      onFound: (count) => this.#tell({ scanned: count }),
    });
    const report = this.#report;
    report.scanned = this.#state.scanned();
    report.skipped = scan.skipped;
    for (const reject of scan.missing) this.#noteReject(reject.uri, reject);
    for (const [root, rejects] of scan.unlisted) {
      const named = rejects.map((reject) => ({ path: pathOfUri(reject.uri), reject }));
      const fresh = this.#state.replaceUnlisted(root, named);
      for (const { path, reject } of named) if (fresh.includes(reject)) this.#noteReject(path, reject);
      report.failed += named.length - fresh.length;
      report.stillFailing += named.length - fresh.length;
    }
    return scan;
  }

  async #ingest(scan: ScanResult): Promise<Writer> {
    const { settings, signal } = this.#request;
    const state = this.#state;
    const report = this.#report;
    const candidates = state.countCandidates(this.#settingsHash);
    const stillSkipped = state.countStillSkipped(this.#settingsHash);
    countSkipped(report, "binary", stillSkipped);
    report.unchanged = report.scanned - candidates - stillSkipped;
    const stillFailing = state.countStillFailing(this.#settingsHash);
    report.stillFailing += stillFailing;
    report.failed += stillFailing;
    this.#tell({ phase: "ingest", items: candidates });
    const writer = new Writer({
      run: report.run,
      commitChunks: settings.ingest.commitChunks,
      state,
      store: () => this.#openStore(),
      embedder: () => this.#openEmbedder(),
      report,
      signal,
      onProgress: () => this.#tell({ embedded: report.chunks.embedded, tokens: report.tokens }),
    });
    if (candidates === 0) return writer;
    await using pool = openReaderPool(settings.ingest);
    await ingestItems({
      run: report.run,
      state,
      settings: settings.ingest,
      settingsHash: this.#settingsHash,
      pool,
      tokens: async () => (await this.#openEmbedder()).tokens,
      writer,
      report,
      signal,
      isGone: this.#context(scan).isGone,
      onItem: (current) => this.#tell({ done: this.#progress.done + 1, current }),
    });
    await writer.flush();
    return writer;
  }

  async #index(): Promise<void> {
    if (this.#state.meta("index") !== "due") return;
    this.#tell({ phase: "index" });
    await (await this.#openStore()).maintain();
    this.#state.setMeta("index", "done");
  }

  #context(scan: ScanResult) {
    const state = this.#state;
    return {
      state,
      store: () => this.#openStore(),
      isGone: (item: Parameters<typeof mayRemove>[0]) =>
        !state.isScanned(item.uri) && mayRemove(item, scan.roots, this.#request.project),
    };
  }

  #openStore(): Promise<Store> {
    this.#store ??= (async () => {
      const { project, settings } = this.#request;
      const { description } = await this.#openEmbedder();
      return openStore({
        dir: join(project.stateDir, "lancedb"),
        settings: settings.store,
        embedder: description,
        indexCacheBytes: INDEX_CACHE_BYTES,
      });
    })();
    return this.#store;
  }

  #openEmbedder(): Promise<Embedder> {
    this.#embedder ??= (async () => {
      const { settings } = this.#request;
      const embedder = await openEmbedder(settings.embed);
      const needed = settings.ingest.chunkTokens + CONTEXT_TOKENS + SPECIAL_TOKENS;
      if (needed > embedder.description.maxTokens) {
        const most = embedder.description.maxTokens - CONTEXT_TOKENS - SPECIAL_TOKENS;
        throw new MdpError({
          code: "chunks-too-long",
          message: `chunkTokens ${settings.ingest.chunkTokens} is over the ${most} that ${embedder.description.name} can embed`,
          hint: `set --chunk-tokens to at most ${most}, or choose a model with a longer input`,
        });
      }
      return embedder;
    })();
    return this.#embedder;
  }

  async #closeEmbedder(): Promise<void> {
    const embedder = this.#embedder;
    this.#embedder = undefined;
    if (embedder) (await embedder)[Symbol.dispose]();
  }

  /** A changed model is found out even when no file has changed, without loading an unchanged one. */
  async #checkEmbedder(): Promise<void> {
    const { model } = this.#request.settings.embed;
    if (this.#state.meta("model") !== model && this.#state.hasItems()) await this.#openStore();
    this.#state.setMeta("model", model);
  }

  #noteReject(path: string, reject: Reject): void {
    const report = this.#report;
    report.failed++;
    report.rejected++;
    if (report.failures.length < FAILURES_SHOWN) report.failures.push(failureOf(path, reject));
  }

  #tell(change: Partial<IngestProgress>): void {
    Object.assign(this.#progress, change);
    this.#request.onProgress?.({ ...this.#progress });
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  async #timed<T>(phase: "scan" | "store" | "index", body: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await body();
    } finally {
      this.#report.seconds[phase] += (performance.now() - started) / 1000;
    }
  }
}

/** What a file's documents and chunks depend on, besides its content. */
function hashSettings({ ingest: s }: Settings): string {
  const relevant = [s.format, s.textField, s.idField, s.maxDocumentBytes, s.chunkTokens, s.overlapTokens];
  const limits = [s.readTimeoutMs, s.readMemoryBytes];
  return idOf(String(PIPELINE_VERSION), JSON.stringify(relevant), JSON.stringify(limits));
}

/** Sorts by time; the tail keeps two runs of the same millisecond apart. */
function newRunId(): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/\.(\d+)Z/, "$1");
  return `${time}-${crypto.randomUUID().slice(0, 8)}`;
}
