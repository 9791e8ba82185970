/**
 * `shard`, `curate` and `dedup`: files → documents → steps of curation → copies removed → shards or documents.
 *
 * A run is a plan of fixed tasks, each a pure function of its inputs and settings, done by worker processes. Every file
 * appears complete under its name, completion records last and the manifest at the end, so that a killed run goes on
 * where it was and gives the same bytes.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import * as v from "valibot";
import type { Settings } from "../config/schema.ts";
import type { Reject } from "../core/document.ts";
import { InterruptedError, UsageError } from "../core/errors.ts";
import { say } from "../core/log.ts";
import { NewFile } from "../core/new-file.ts";
import { type Project, pathOfUri } from "../core/project.ts";
import { openChain } from "../curate/chain.ts";
import { CurateSettings } from "../curate/config.ts";
import { modifiers } from "../curate/modifiers/index.ts";
import { awaitOrphans, lockProject } from "../manifest/lock.ts";
import { parseSplits } from "../shard/splits.ts";
import { noteRun } from "./data/history.ts";
import { begin } from "./prepare/begin.ts";
import { readDecided, readNumbering } from "./prepare/decisions.ts";
import { dedupExactLines, isExactLines } from "./prepare/exact-lines.ts";
import { findCopies } from "./prepare/find-copies.ts";
import { type Layout, layoutOf } from "./prepare/layout.ts";
import { inputsOf, outputsOf, writeManifest } from "./prepare/manifest.ts";
import { makeOutput, tidyOutput } from "./prepare/output.ts";
import { type CommandName, makePlan, type Plan } from "./prepare/plan.ts";
import { type FinishRecord, type ReadRecord, readRecord } from "./prepare/records.ts";
import { addFinish, addRead, emptyReport, type PrepareProgress, type PrepareReport } from "./prepare/report.ts";
import { type Scan, scan } from "./prepare/scan.ts";
import { keepLedger } from "./prepare/splits.ts";
import { finishStage, readStage } from "./prepare/stages.ts";
import { checkTokenizer } from "./prepare/token-sink.ts";
import { withoutSteps } from "./prepare/without.ts";
import { Workers } from "./prepare/workers.ts";
import { writeShards } from "./prepare/write-shards.ts";

export { type PrepareProgress, type PrepareReport, prepareCounts } from "./prepare/report.ts";

export interface PrepareRequest {
  command: CommandName;
  project: Project;
  /** Files, folders, globs, or `-` for a list of paths on `stdin`. */
  inputs: readonly string[];
  stdin?: AsyncIterable<string> | undefined;
  /** The output folder. */
  out: string;
  settings: Settings;
  /** Go on with a run that was interrupted. */
  resume?: boolean;
  /** Remove what an earlier run made in the output folder. */
  overwrite?: boolean;
  signal: AbortSignal;
  onProgress?: (progress: PrepareProgress) => void;
}

const RESUME_HINT = "what was done is kept; run the same command with --resume to go on";

/**
 * Runs the pipeline.
 *
 * @throws InterruptedError when the signal aborts: what was done stays, for `resume`
 * @throws MdpError when the output folder holds another run, inputs or settings differ on `resume`, or a disk fails
 */
export async function prepare(given: PrepareRequest): Promise<PrepareReport> {
  const request = { ...given, settings: settingsOf(given) };
  const layout = layoutOf(resolve(request.out));
  await checkSettings(request);
  makeOutput(layout);
  using _lock = lockProject(layout.cache, request.command, "folder");
  awaitOrphans(layout.cache);
  try {
    return await new Run(request, layout).execute();
  } catch (error) {
    if (request.signal.aborted || error instanceof InterruptedError) throw new InterruptedError(RESUME_HINT);
    throw error;
  }
}

/** What the plan would be: nothing is written. */
export async function planOnly(given: PrepareRequest): Promise<{ plan: Plan; scan: Scan }> {
  const request = { ...given, settings: settingsOf(given) };
  await checkSettings(request);
  const found = await scan(request);
  return { plan: await makePlan(request.command, request, found), scan: found };
}

/** `dedup` changes and filters nothing, whatever the settings of `curate` say. */
function settingsOf({ command, settings }: PrepareRequest): Settings {
  if (command !== "dedup") return withoutSteps(settings);
  return {
    ...settings,
    curate: v.parse(CurateSettings, { preset: "none", documentFormat: settings.curate.documentFormat }),
  };
}

/** What would fail in every task fails here first. */
async function checkSettings({ command, settings }: PrepareRequest): Promise<void> {
  await openChain(settings.curate);
  if (settings.curate.pii !== "off") await (await modifiers.load("pii"))(settings.curate);
  const { toxicityModel, qualityModel, minChars, maxChars, minWords, maxWords } = settings.curate;
  for (const path of [toxicityModel, qualityModel]) {
    if (path === undefined || existsSync(path)) continue;
    throw new UsageError(`there is no classifier at "${path}"`, "name a BERT folder, or a fastText file (.bin, .ftz)");
  }
  if (minChars > maxChars || minWords > maxWords) {
    throw new UsageError(
      `no text can have ${minChars} to ${maxChars} characters and ${minWords} to ${maxWords} words`,
      "the smaller number comes first: --min-chars, --max-chars, --min-words, --max-words",
    );
  }
  if (settings.curate.preset === "multimodal") {
    throw new UsageError(
      "the preset multimodal is reserved until images, sound and video are read",
      "use --preset small",
    );
  }
  if (command !== "shard") return;
  parseSplits(settings.shard.splits);
  if (settings.shard.tokenizer === undefined) {
    throw new UsageError(
      "shards need a tokenizer",
      "name one with --tokenizer: a tokenizer.json, a SentencePiece .model or a model folder; mdp tokenizer train makes one",
    );
  }
  await checkTokenizer(settings.shard.tokenizer, settings.shard.separator);
}

class Run {
  readonly #request: PrepareRequest;
  readonly #layout: Layout;
  readonly #started = performance.now();
  readonly #seconds: Record<string, number> = {};

  constructor(request: PrepareRequest, layout: Layout) {
    this.#request = request;
    this.#layout = layout;
  }

  async execute(): Promise<PrepareReport> {
    const { project, settings, signal, resume = false, overwrite = false } = this.#request;
    const layout = this.#layout;
    const onProgress = (progress: PrepareProgress) => this.#request.onProgress?.(progress);
    const onFound = (done: number) => onProgress({ phase: "scan", done, total: done, unit: "files" });
    const begun = await this.#timed("scan", () => begin({ ...this.#request, layout, resume, overwrite, onFound }));
    if ("report" in begun) return begun.report;
    const { plan, found } = begun;
    if (isExactLines(plan.command, settings, found)) {
      const report = await this.#timed("read", () => dedupExactLines(layout, plan, found, signal, onProgress));
      return this.#end(report);
    }
    const parallel = Math.max(1, settings.shard.workers ?? availableParallelism());
    await using workers = new Workers({ count: parallel, signal, stateDir: this.#layout.cache });
    const stage = { layout, plan, workers, onProgress };
    await this.#timed("read", () => readStage(stage));
    await workers.recycle();
    const numbering = readNumbering(layout, plan.id);
    await this.#timed("dedup", () => findCopies({ ...stage, project, settings, numbering, parallel, signal }));
    await workers.recycle();
    await this.#timed("finish", () => finishStage(stage));
    await workers.recycle();
    const report = collect(layout, plan, found, numbering.fingerprint);
    if (plan.command === "shard") await this.#timed("shards", () => writeShards({ ...stage, report }));
    checkSums(report);
    await gatherRejects(layout, plan, found);
    if (plan.command === "shard") await keepLedger(layout, plan);
    await writeManifest(layout, plan, report, inputsOf(layout, plan), outputsOf(layout, plan));
    return this.#end(report);
  }

  #end(report: PrepareReport): PrepareReport {
    noteRun(this.#layout, report);
    tidyOutput(this.#layout, this.#request.settings);
    return { ...report, seconds: { ...this.#seconds, total: (performance.now() - this.#started) / 1000 } };
  }

  async #timed<T>(phase: string, body: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await body();
    } finally {
      this.#seconds[phase] = (this.#seconds[phase] ?? 0) + (performance.now() - started) / 1000;
    }
  }
}

/** Sums what the tasks did. */
function collect(layout: Layout, plan: Plan, found: Scan, fingerprint: string): PrepareReport {
  const report = emptyReport(plan.command, layout.dir, fingerprint);
  report.inputs = { files: plan.inputs.files, bytes: plan.inputs.bytes, skipped: { ...found.skipped } };
  report.rejects = found.rejects.length;
  for (const task of plan.tasks.keys()) {
    addRead(report, readRecord<ReadRecord>(layout.taskFile("read", task), plan.id)!);
    addFinish(report, readRecord<FinishRecord>(layout.taskFile("finished", task), plan.id)!);
  }
  const decided = readDecided(layout, plan.id);
  if (decided) {
    const { clusters, methods, unverified } = decided;
    report.dedup = { clusters, methods, unverified };
  }
  return report;
}

function sayReject({ uri, ...reject }: Reject): void {
  say("warn", "reject", { path: pathOfUri(uri), ...reject });
}

/** Of a task; the file of rejects has them all. */
const REJECTS_LOGGED = 1_000;

/** All records that could not be read, in one file; none when there are none. */
async function gatherRejects(layout: Layout, plan: Plan, found: Scan): Promise<void> {
  const file = await NewFile.create(layout.rejects);
  for (const reject of found.rejects) sayReject(reject);
  const listed = Buffer.from(found.rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(""));
  await file.append(listed);
  let bytes = listed.length;
  for (const task of plan.tasks.keys()) {
    const path = layout.taskFile("rejects", task);
    if (!existsSync(path)) continue;
    const part = readFileSync(path);
    bytes += part.length;
    await file.append(part);
    for (const line of part.toString().split("\n", REJECTS_LOGGED)) {
      if (line !== "") sayReject(JSON.parse(line));
    }
  }
  if (bytes > 0) {
    await file.commit();
  } else {
    await file.discard();
    rmSync(layout.rejects, { force: true });
  }
}

/** Nothing is lost on the way. */
function checkSums(report: PrepareReport): void {
  const { documents, kept, dropped, duplicates, empty } = report;
  if (documents === kept + dropped + duplicates + empty) return;
  throw new Error(
    `internal error: ${documents} documents became ${kept} + ${dropped} + ${duplicates} + ${empty} (please report this)`,
  );
}
