/** `ingest`: files → documents → passages → vectors → store, incrementally, so that a re-run does only what changed. */
import { mkdirSync } from "node:fs";
import type { Settings } from "../config/schema.ts";
import type { Reject } from "../core/document.ts";
import { InterruptedError } from "../core/errors.ts";
import { type Project, pathOfUri, tablesDir } from "../core/project.ts";
import { newRunId } from "../core/run-id.ts";
import { openReaderPool } from "../ingest/read.ts";
import type { SourceEvents } from "../ingest/sources/source.ts";
import { lockProject } from "../manifest/lock.ts";
import { State, stateError } from "../manifest/state.ts";
import { TableHistory } from "../store/history.ts";
import { checkStoredAs, hasTable } from "../store/table.ts";
import { completeLocked } from "./data/tables/restore.ts";
import { DEFAULT_ENGINE } from "./engines/config.ts";
import type { Engine } from "./engines/engine.ts";
import { openEngines } from "./engines/resolve.ts";
import { type Router, routerOf } from "./engines/route.ts";
import { selectEngine } from "./engines/select.ts";
import { type Currency, currencyOf } from "./ingest/currency.ts";
import type { Embedders } from "./ingest/embedders.ts";
import { CallsOfEngines } from "./ingest/engine-calls.ts";
import { EngineRuns } from "./ingest/engine-runs.ts";
import { Externals } from "./ingest/externals.ts";
import { countSkipped, ingestItems } from "./ingest/items.ts";
import { mayWait, metaKey } from "./ingest/meta.ts";
import { modelIdentity } from "./ingest/model-identity.ts";
import { writeRejects } from "./ingest/rejects.ts";
import { removeUnseen } from "./ingest/remove.ts";
import { emptyReport, engineReport, type IngestProgress, type IngestReport, keepFailure } from "./ingest/report.ts";
import { mayRemove, type ScanResult, scanInputs } from "./ingest/scan.ts";
import { fillVectors } from "./ingest/vectors.ts";
import { Writer } from "./ingest/writer.ts";

export {
  countsOf,
  type EngineReport,
  exitCodeOf,
  type Failure,
  type IngestProgress,
  type IngestReport,
} from "./ingest/report.ts";

export interface IngestRequest {
  project: Project;
  /** Files, folders, globs, or `-` for a list of paths on `stdin`. */
  inputs: string[];
  stdin?: AsyncIterable<string>;
  settings: Settings;
  /** Engine that every file goes to, whatever its format and place; by default each goes where it belongs. */
  type?: string | undefined;
  /** Text is written and can be searched before the first vector is made. */
  textFirst?: boolean;
  /** Name of the run; made here by default. */
  run?: string;
  signal: AbortSignal;
  onProgress?: (progress: IngestProgress) => void;
  /** Told of every folder before it is read. */
  onFolder?: SourceEvents["onFolder"];
  /** Models that stay loaded after the run; by default those of the run go with it. */
  embedders?: Embedders;
}

const RESUME_HINT = "what was committed is kept; run the same command again to go on";

/**
 * Ingests the inputs into the project.
 *
 * @throws InterruptedError when the signal aborts: what was committed stays.
 * @throws MdpError when the project is locked, a root has vanished, or the store or disk fails.
 */
export async function ingest(request: IngestRequest): Promise<IngestReport> {
  mkdirSync(request.project.stateDir, { recursive: true });
  const engines = await openEngines(request.settings);
  const externals = await Externals.open(request.project, request.settings);
  using _lock = lockProject(request.project.stateDir, "ingest");
  await completeLocked(request.project);
  using state = new State(request.project.stateDir);
  const run = request.run ?? newRunId();
  state.beginRun(run, request.inputs, request.settings);
  try {
    const report = await new Ingest(request, engines, externals, state, run).execute();
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

/** One run over all engines. */
class Ingest {
  readonly #request: IngestRequest;
  readonly #state: State;
  readonly #report: IngestReport;
  readonly #engines: readonly Engine[];
  readonly #externals: Externals;
  readonly #runs: EngineRuns;
  readonly #calls: CallsOfEngines;
  readonly #router: Router;
  readonly #currency: Currency;
  readonly #started = performance.now();
  readonly #progress: IngestProgress;

  constructor(request: IngestRequest, engines: readonly Engine[], externals: Externals, state: State, run: string) {
    this.#request = request;
    this.#state = state;
    this.#report = emptyReport(run);
    this.#engines = engines;
    this.#externals = externals;
    this.#runs = new EngineRuns(request.project, request.settings, engines, request.embedders);
    this.#calls = new CallsOfEngines(tablesDir(request.project), engines);
    this.#router = routerOf(engines, request.type === undefined ? undefined : selectEngine(engines, request.type));
    this.#currency = currencyOf(request.settings.ingest, this.#router, externals);
    this.#progress = { phase: "scan", scanned: 0, items: 0, done: 0, chunks: 0, embedded: 0, waiting: 0, tokens: 0 };
  }

  async execute(): Promise<IngestReport> {
    const state = this.#state;
    const report = this.#report;
    try {
      this.#forgetLost();
      await this.#checkEmbedders();
      const scan = await this.#timed("scan", () => this.#scan());
      const writer = await this.#ingest(scan);
      await this.#timed("store", () => removeUnseen({ ...this.#context(scan), report }));
      const { chunks } = state.totals();
      report.chunks.total = chunks;
      // Equal passages share one pass through the model; each of their chunks counts as embedded.
      report.chunks.embedded = writer.embeddedRecords;
      report.chunks.cached = writer.cachedRecords;
      await this.#fill();
      report.chunks.kept = chunks - report.chunks.embedded - report.chunks.cached;
      report.notes = await this.#runs.notes();
      // The model's memory is given back before indices are built, which takes some of its own.
      if (this.#runs.used) await this.#runs.closeEmbedders();
      await this.#timed("index", () => this.#index());
      report.rejectsFile = await writeRejects(this.#request.project.stateDir, state);
      await this.#reportEngines();
    } finally {
      await this.#calls[Symbol.asyncDispose]();
      await this.#runs[Symbol.asyncDispose]();
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
      ignores: this.#router.ignores,
      externals: this.#externals,
      onFolder: this.#request.onFolder,
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
    state.compareScan(this.#currency.isCurrent);
    const candidates = state.countCandidates();
    report.unchanged = report.scanned - candidates;
    for (const { settings, items } of state.stillSkipped()) {
      countSkipped(report, this.#currency.skippedAs(settings), items);
      report.unchanged -= items;
    }
    const stillFailing = state.countStillFailing();
    report.stillFailing += stillFailing;
    report.failed += stillFailing;
    this.#tell({ phase: "ingest", items: candidates });
    const writer = new Writer({
      run: report.run,
      commitChunks: settings.ingest.commitChunks,
      textFirst: this.#request.textFirst ?? false,
      state,
      engines: this.#runs,
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
      currency: this.#currency,
      router: this.#router,
      externals: this.#externals,
      pool,
      tokens: async (engine) => (await this.#runs.embedder(engine)).tokens,
      calls: this.#calls,
      writer,
      report,
      signal,
      isGone: this.#context(scan).isGone,
      onItem: (current) => this.#tell({ done: this.#progress.done + 1, current }),
    });
    await writer.flush();
    return writer;
  }

  /** Vectors for what has none: of this run, and of one that was interrupted. */
  async #fill(): Promise<void> {
    const waiting = this.#engines.filter(({ name }) => mayWait(this.#state, name));
    if (waiting.length === 0) return;
    await this.#timed("index", () => this.#index());
    const { settings, signal } = this.#request;
    this.#report.seconds.text = this.#seconds();
    for (const engine of waiting) {
      const context = {
        state: this.#state,
        engines: this.#runs,
        report: this.#report,
        commitChunks: settings.ingest.commitChunks,
        signal,
        onProgress: (embedded: number, waiting: number) =>
          this.#tell({ phase: "vectors", embedded, waiting, tokens: this.#report.tokens }),
      };
      await fillVectors(context, engine);
    }
  }

  async #index(): Promise<void> {
    const names = [...this.#engines.map(({ name }) => name), ...this.#state.engines().map(({ engine }) => engine)];
    for (const engine of new Set(names)) {
      const key = metaKey("index", engine);
      if (this.#state.meta(key) !== "due") continue;
      this.#tell({ phase: "index" });
      await (await this.#runs.store(engine)).maintain();
      await this.#calls.maintain(engine);
      this.#state.setMeta(key, "done");
    }
  }

  #context(scan: ScanResult) {
    const state = this.#state;
    return {
      state,
      store: (engine: string) => this.#runs.store(engine),
      calls: this.#calls,
      isGone: (item: Parameters<typeof mayRemove>[0]) =>
        !state.isScanned(item.uri) && mayRemove(item, scan.roots, this.#request.project),
    };
  }

  /** What was in a table that is gone, removed by hand, is to be read again. */
  #forgetLost(): void {
    const dir = tablesDir(this.#request.project);
    for (const { engine, chunks } of this.#state.engines()) {
      if (chunks > 0 && !hasTable(dir, this.#runs.get(engine)?.table ?? engine)) this.#state.forgetEngine(engine);
    }
  }

  /** A changed model is found out even when no file has changed, without loading an unchanged one. */
  async #checkEmbedders(): Promise<void> {
    const filled = new Set(this.#state.engines().map(({ engine }) => engine));
    for (const engine of this.#engines) {
      const model = await modelIdentity(engine.model ?? this.#request.settings.embed.model);
      const key = metaKey("model", engine.name);
      if (filled.has(engine.name) && this.#state.meta(key) !== model) await this.#runs.store(engine.name);
      if (filled.has(engine.name) || engine.name === DEFAULT_ENGINE) this.#state.setMeta(key, model);
      if (filled.has(engine.name)) await this.#checkVectorType(engine);
    }
  }

  /** Told before anything is read, and also where nothing is to be written. */
  async #checkVectorType({ name, table, store }: Engine): Promise<void> {
    const key = metaKey("vectorType", name);
    const wanted = store.vectorType;
    const dir = tablesDir(this.#request.project);
    if (wanted === undefined || this.#state.meta(key) === wanted || !hasTable(dir, table)) return;
    await using history = await TableHistory.open(dir, table);
    const layout = await history.layout();
    if (layout) checkStoredAs(wanted, layout.type, table, dir);
    this.#state.setMeta(key, wanted);
  }

  async #reportEngines(): Promise<void> {
    const report = this.#report;
    for (const { engine, documents, chunks } of this.#state.engines()) {
      Object.assign(engineReport(report, engine), { documents, chunks });
    }
    for (const [name, part] of Object.entries(report.engines)) {
      const engine = this.#runs.get(name);
      if (!engine || part.embedded + part.cached + part.removed === 0) continue;
      const { settings, note } = await this.#runs.choice(engine);
      Object.assign(part, { model: settings.model, note });
    }
  }

  #noteReject(path: string, reject: Reject): void {
    const report = this.#report;
    report.failed++;
    report.rejected++;
    keepFailure(report, path, reject);
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
