/**
 * `shard`, `curate` and `dedup`: files → documents → steps of curation → copies removed → shards or documents.
 *
 * A run is a plan of fixed tasks, each a pure function of its inputs and settings, done by worker processes. Every file
 * appears complete under its name, completion records last and the manifest at the end, so that a killed run goes on
 * where it was and gives the same bytes.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import * as v from "valibot";
import type { Settings } from "../config/schema.ts";
import { InterruptedError, MdpError, UsageError } from "../core/errors.ts";
import { NewFile } from "../core/new-file.ts";
import type { Project } from "../core/project.ts";
import { openChain } from "../curate/chain.ts";
import { CurateSettings } from "../curate/config.ts";
import { lockProject } from "../manifest/lock.ts";
import { parseSplits } from "../shard/splits.ts";
import { readDecided, readNumbering, writeNumbering } from "./prepare/decisions.ts";
import { findCopies } from "./prepare/find-copies.ts";
import { type Layout, layoutOf, stagingFolders } from "./prepare/layout.ts";
import { readManifestReport, writeManifest } from "./prepare/manifest.ts";
import { clearOutput, clearPartial, type ExistingRun, existingRun, makeOutput, tidyOutput } from "./prepare/output.ts";
import { type CommandName, fingerprintOf, makePlan, type Plan, type Scan, scan, writePlan } from "./prepare/plan.ts";
import { type FinishRecord, type ReadRecord, readRecord } from "./prepare/records.ts";
import { addFinish, addRead, emptyReport, type PrepareProgress, type PrepareReport } from "./prepare/report.ts";
import { checkResumable } from "./prepare/resume.ts";
import { inputKey } from "./prepare/split-inputs.ts";
import { Workers } from "./prepare/workers.ts";
import { writeShards } from "./prepare/write-shards.ts";

export type { PrepareProgress, PrepareReport } from "./prepare/report.ts";

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
  using _lock = lockProject(layout.cache, request.command);
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
  return command === "dedup" ? { ...settings, curate: v.parse(CurateSettings, { preset: "none" }) } : settings;
}

/** What would fail in every task fails here first. */
async function checkSettings({ command, settings }: PrepareRequest): Promise<void> {
  await openChain(settings.curate);
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
    const { settings, signal } = this.#request;
    const begun = await this.#timed("scan", () => this.#begin());
    if ("report" in begun) return begun.report;
    const { plan, found } = begun;
    const parallel = Math.max(1, settings.shard.workers ?? availableParallelism());
    await using workers = new Workers({ dir: this.#layout.dir, count: parallel, signal });
    await this.#timed("read", () => this.#read(plan, workers));
    const numbering = readNumbering(this.#layout, plan.id);
    const context = { layout: this.#layout, plan, workers, signal, onProgress: this.#tell };
    await this.#timed("dedup", () => findCopies({ ...context, numbering, parallel }));
    await this.#timed("finish", () => this.#finish(plan, workers));
    const report = this.#collect(plan, found, numbering.fingerprint);
    if (plan.command === "shard") await this.#timed("shards", () => writeShards({ ...context, report }));
    checkSums(report);
    await this.#gatherRejects(plan);
    await writeManifest(this.#layout, plan, report);
    tidyOutput(this.#layout, settings.shard.keepStaging);
    return { ...report, seconds: { ...this.#seconds, total: (performance.now() - this.#started) / 1000 } };
  }

  /** The plan to follow: a fresh one, or that of the run that goes on here. */
  async #begin(): Promise<{ plan: Plan; found: Scan } | { report: PrepareReport }> {
    const { command, resume, overwrite } = this.#request;
    const layout = this.#layout;
    const found = await scan({
      ...this.#request,
      onFound: (done) => this.#tell({ phase: "scan", done, total: done, unit: "files" }),
    });
    const plan = await makePlan(command, this.#request, found);
    const existing = existingRun(layout);
    if (overwrite) {
      clearOutput(layout);
    } else if (existing.manifest) {
      await this.#checkComplete(existing, plan, found);
      tidyOutput(layout, this.#request.settings.shard.keepStaging);
      return { report: { ...readManifestReport(layout), unchanged: true } };
    } else if (existing.plan) {
      if (!resume) throw unfinished(layout);
      await checkResumable(layout, existing.plan, plan, found, this.#knownHashes(existing.plan));
      clearPartial(layout);
      return { plan: existing.plan, found };
    }
    if (found.lines.length === 0) {
      throw new MdpError({
        code: "no-inputs",
        message: "the inputs hold no file to read",
        hint: "hidden and ignored files are left out; --hidden and --no-gitignore take them in",
      });
    }
    await writePlan(layout, plan, found);
    return { plan, found };
  }

  /** A complete run is the one that is asked for, or an error says why it is another. */
  async #checkComplete({ plan: before, manifest }: ExistingRun, now: Plan, found: Scan): Promise<void> {
    if (before?.id === now.id) return;
    const hashes = new Map(manifest!.inputs.map((input) => [inputKey(input), input.sha256]));
    if (!before) throw otherRun(this.#layout, "of which no plan is left");
    try {
      await checkResumable(this.#layout, before, now, found, (key) => hashes.get(key));
    } catch (error) {
      if (error instanceof MdpError && error.code === "plan-changed") throw otherRun(this.#layout, error.message);
      throw error;
    }
  }

  /** Content hashes of what tasks of an earlier run have read, found when first asked for. */
  #knownHashes(plan: Plan): (key: string) => string | undefined {
    let hashes: Map<string, string> | undefined;
    return (key) => {
      if (!hashes) {
        hashes = new Map();
        for (const task of plan.tasks.keys()) {
          const record = readRecord<ReadRecord>(this.#layout.taskFile("read", task), plan.id);
          for (const input of record?.inputs ?? []) hashes.set(inputKey(input), input.sha256);
        }
      }
      return hashes.get(key);
    };
  }

  async #read(plan: Plan, workers: Workers): Promise<void> {
    const layout = this.#layout;
    for (const folder of stagingFolders) mkdirSync(join(layout.staging, folder), { recursive: true });
    const isDone = (task: number) => readRecord(layout.taskFile("read", task), plan.id) !== undefined;
    const left = [...plan.tasks.keys()].filter((task) => !isDone(task));
    const total = plan.inputs.bytes;
    let done = total - left.reduce((sum, task) => sum + plan.tasks[task]!.bytes, 0);
    await workers.run(
      left.map((task) => ({ kind: "read", task })),
      ({ bytes }) => {
        done += bytes;
        this.#tell({ phase: "read", done, total, unit: "bytes" });
      },
    );
    const bases = [0];
    const records = [...plan.tasks.keys()].map(
      (task) => readRecord<ReadRecord>(layout.taskFile("read", task), plan.id)!,
    );
    for (const { kept } of records) bases.push(bases.at(-1)! + kept);
    const contents = records.flatMap(({ inputs }) => inputs.map((input) => [inputKey(input), input.sha256] as const));
    await writeNumbering(layout, { plan: plan.id, bases, fingerprint: fingerprintOf(plan, contents) });
  }

  async #finish(plan: Plan, workers: Workers): Promise<void> {
    const layout = this.#layout;
    const { bases } = readNumbering(layout, plan.id);
    const isDone = (task: number) => readRecord(layout.taskFile("finished", task), plan.id) !== undefined;
    const left = [...plan.tasks.keys()].filter((task) => !isDone(task));
    const total = bases.at(-1)!;
    let done = total - left.reduce((sum, task) => sum + bases[task + 1]! - bases[task]!, 0);
    await workers.run(
      left.map((task) => ({ kind: "finish", task })),
      ({ documents }) => {
        done += documents;
        this.#tell({ phase: "finish", done, total, unit: "documents" });
      },
    );
  }

  #collect(plan: Plan, found: Scan, fingerprint: string): PrepareReport {
    const layout = this.#layout;
    const report = emptyReport(plan.command, layout.dir, fingerprint);
    report.inputs = { files: plan.inputs.files, bytes: plan.inputs.bytes, skipped: { ...found.skipped } };
    report.rejects = found.rejects.length;
    for (const task of plan.tasks.keys()) {
      addRead(report, readRecord<ReadRecord>(layout.taskFile("read", task), plan.id)!);
      addFinish(report, readRecord<FinishRecord>(layout.taskFile("finished", task), plan.id)!);
    }
    const decided = readDecided(layout, plan.id);
    if (decided) report.dedup = { clusters: decided.clusters, methods: decided.methods };
    return report;
  }

  /** All records that could not be read, in one file; none when there are none. */
  async #gatherRejects(plan: Plan): Promise<void> {
    const layout = this.#layout;
    const file = await NewFile.create(layout.rejects);
    let bytes = 0;
    for (const task of plan.tasks.keys()) {
      const path = layout.taskFile("rejects", task);
      if (!existsSync(path)) continue;
      const part = readFileSync(path);
      bytes += part.length;
      await file.append(part);
    }
    if (bytes > 0) {
      await file.commit();
    } else {
      await file.discard();
      rmSync(layout.rejects, { force: true });
    }
  }

  readonly #tell = (progress: PrepareProgress): void => {
    this.#request.onProgress?.(progress);
  };

  async #timed<T>(phase: string, body: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await body();
    } finally {
      this.#seconds[phase] = (this.#seconds[phase] ?? 0) + (performance.now() - started) / 1000;
    }
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

function otherRun(layout: Layout, difference: string): MdpError {
  return new MdpError({
    code: "output-exists",
    message: `the output folder holds a complete run of other inputs or settings: ${difference}`,
    where: layout.dir,
    hint: "choose another --out, or replace it with --overwrite",
  });
}

function unfinished(layout: Layout): MdpError {
  return new MdpError({
    code: "output-unfinished",
    message: "a run began here and did not end",
    where: layout.dir,
    hint: "go on with --resume, or start again with --overwrite",
  });
}
