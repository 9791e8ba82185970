/** `run`: the steps of `mdp.yaml` one after the other, each only where its settings, its inputs or its output changed. */
import { mkdirSync } from "node:fs";
import { version } from "../../package.json";
import type { Environment } from "../config/load.ts";
import type { Settings } from "../config/schema.ts";
import { notTrusted, trustOf } from "../config/trust.ts";
import { allInOrder } from "../core/all-in-order.ts";
import { InterruptedError } from "../core/errors.ts";
import { say } from "../core/log.ts";
import type { Project } from "../core/project.ts";
import { lockProject } from "../manifest/lock.ts";
import { loadSteps } from "./project-run/check.ts";
import {
  type RunManifest,
  readRunManifest,
  runDir,
  type StepRecord,
  writeRunManifest,
} from "./project-run/manifest.ts";
import { changedSettings, decisiveOf, settingsOf } from "./project-run/step-settings.ts";
import { chosenSteps, type Step } from "./project-run/steps.ts";
import type { StepContext, StepEvents, Verb } from "./project-run/verb.ts";
import { verbs } from "./project-run/verbs/index.ts";

export interface ProjectRunRequest {
  project: Project;
  env: Environment;
  /** Only say what would be done. */
  dryRun: boolean;
  /** Only this step. */
  only?: string | undefined;
  /** This step and those after it. */
  from?: string | undefined;
  /** Do them also where nothing has changed. */
  force: boolean;
  signal: AbortSignal;
  events?: StepEvents & {
    /** A step begins, or is passed over. */
    onStep?: (step: StepReport) => void;
    onStepDone?: (step: StepReport) => void;
  };
}

export interface StepReport {
  name: string;
  verb: Step["verb"];
  inputs: readonly string[];
  out: string | null;
  /** `to-do` in a dry run; `not-reached`: a step before it failed. */
  outcome: "done" | "up-to-date" | "to-do" | "failed" | "interrupted" | "not-reached";
  /** Why it was done or would be; empty when it is up to date. */
  reasons: string[];
  seconds: number | null;
  exitCode: number | null;
  /** What the verb's own `--json` prints, where the step was done. */
  report: unknown;
}

export interface ProjectRunReport {
  dryRun: boolean;
  steps: StepReport[];
  /** Whether the commands of mdp.yaml may run and its endpoints be asked; null where it names none. */
  trusted: boolean | null;
  exitCode: number;
}

/** What is said of a run that was interrupted. */
export const RESUME_HINT = "what was done is kept; mdp run goes on";

/**
 * Runs the steps.
 *
 * @returns the report, and the error that a step failed with
 * @throws ConfigError, UsageError for a wrong mdp.yaml; MdpError `not-trusted`, `project-locked`
 */
export async function runProject(request: ProjectRunRequest): Promise<{ report: ProjectRunReport; error?: unknown }> {
  const { project, env, dryRun } = request;
  const { settings, steps: all } = await loadSteps(project, env);
  const steps = chosenSteps(all, request.only, request.from);
  const prepared = await allInOrder(
    steps.map(async (step) => ({ step, settings: await settingsOf(project, step, env) })),
  );
  const trust = await trustOf(project.dir, settings);
  const trusted = trust.empty ? null : trust.trusted;
  if (trusted === false && !dryRun && steps.some(({ verb }) => verb === "ingest")) throw notTrusted(trust, "mdp.yaml");
  if (dryRun) return { report: { dryRun, steps: await plan(request, prepared), trusted, exitCode: 0 } };
  mkdirSync(runDir(project), { recursive: true });
  using _lock = lockProject(runDir(project), "run", "folder");
  const { reports, error } = await new Steps(request, await manifestOf(project, all)).execute(prepared);
  const exitCode = Math.max(0, ...reports.map((step) => step.exitCode ?? 0));
  return { report: { dryRun, steps: reports, trusted, exitCode }, ...(error === undefined ? {} : { error }) };
}

/** The manifest without steps that are no more, in the order of those that are. */
async function manifestOf(project: Project, steps: readonly Step[]): Promise<RunManifest> {
  const { format, steps: before } = await readRunManifest(project);
  const kept = steps.flatMap(({ name }) => (before[name] ? [[name, before[name]] as const] : []));
  return { format, steps: Object.fromEntries(kept) };
}

interface Prepared {
  step: Step;
  settings: Settings;
}

/** What a dry run says. What a step reads may change with the steps before it, so those are a reason too. */
async function plan(
  { project, force, signal }: ProjectRunRequest,
  prepared: readonly Prepared[],
): Promise<StepReport[]> {
  const manifest = await readRunManifest(project);
  const toDo = new Set<string>();
  const reports: StepReport[] = [];
  for (const { step, settings } of prepared) {
    const after = step.needs.filter((name) => toDo.has(name));
    const before = manifest.steps[step.name];
    const looked = await lookAt({ project, step, settings, signal, before, resumes: false }, after);
    const reasons = looked.reasons.length === 0 && force ? ["it is forced"] : looked.reasons;
    if (reasons.length > 0) toDo.add(step.name);
    reports.push(reportOf(step, reasons.length > 0 ? "to-do" : "up-to-date", reasons));
  }
  return reports;
}

interface Looked {
  verb: Verb;
  reasons: string[];
  record: StepRecord;
  resumes: boolean;
}

/** @param after steps that are to be done before: then nothing is known yet of what the step reads */
async function lookAt(context: StepContext, after: readonly string[]): Promise<Looked> {
  const { step, settings, before } = context;
  const verb = await verbs.load(step.verb);
  const record: StepRecord = {
    verb: step.verb,
    mdp: version,
    outcome: "begun",
    inputs: [...step.inputs],
    out: step.out ?? null,
    model: step.model ?? null,
    type: step.type ?? null,
    needs: [...step.needs],
    settings: decisiveOf(settings, verb.sections),
    reads: after.length > 0 ? {} : await verb.reads(context),
    makes: {},
  };
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const told: string[] = [];
  if (before && (before.verb !== record.verb || !same(before.inputs, record.inputs)))
    told.push("it names other inputs");
  else if (before && !same([before.out, before.model, before.type], [record.out, record.model, record.type])) {
    told.push("it names another output, model or engine");
  } else if (before && !verb.selfKept) told.push(...changedSettings(before.settings, record.settings));
  if (after.length > 0) return { verb, record, resumes: false, reasons: [...told, `after ${after.join(", ")}`] };
  if (before) told.push(...changedReads(before.reads, record.reads));
  const resumes = before?.outcome === "begun" && told.length === 0;
  const found = await verb.changes(context);
  if (before?.outcome === "begun" && (found.length === 0 || !verb.selfKept)) told.push("it did not end");
  if (!before && !verb.selfKept) return { verb, record, resumes, reasons: found.length > 0 ? found : ["it is new"] };
  return { verb, record, resumes, reasons: [...told, ...found] };
}

function changedReads(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.filter((name) => before[name] !== now[name]).map((name) => `changed: ${name}`);
}

class Steps {
  readonly #request: ProjectRunRequest;
  readonly #manifest: RunManifest;

  constructor(request: ProjectRunRequest, manifest: RunManifest) {
    this.#request = request;
    this.#manifest = manifest;
  }

  async execute(prepared: readonly Prepared[]): Promise<{ reports: StepReport[]; error?: unknown }> {
    const reports: StepReport[] = [];
    let failure: { error: unknown } | undefined;
    for (const one of prepared) {
      if (failure) {
        reports.push(reportOf(one.step, "not-reached", []));
        continue;
      }
      const report = reportOf(one.step, "failed", []);
      reports.push(report);
      try {
        await this.#do(one, report);
      } catch (error) {
        const stopped = this.#request.signal.aborted || error instanceof InterruptedError;
        failure = { error: stopped ? new InterruptedError(RESUME_HINT) : error };
        report.outcome = stopped ? "interrupted" : "failed";
        say(stopped ? "warn" : "error", "step", { step: report.name, verb: report.verb, outcome: report.outcome });
      }
    }
    return { reports, ...failure };
  }

  async #do({ step, settings }: Prepared, report: StepReport): Promise<void> {
    const { project, signal, force, events = {} } = this.#request;
    signal.throwIfAborted();
    const bare = { project, step, settings, signal, before: this.#manifest.steps[step.name] };
    const { verb, reasons, record, resumes } = await lookAt({ ...bare, resumes: false }, []);
    report.reasons = reasons.length === 0 && force ? ["it is forced"] : reasons;
    const context = { ...bare, resumes };
    if (report.reasons.length === 0) {
      report.outcome = "up-to-date";
      events.onStep?.(report);
      await this.#keep(step, { ...record, outcome: "done", makes: await verb.makes(context) });
      return;
    }
    say("info", "step", { step: step.name, verb: step.verb, reasons: report.reasons });
    events.onStep?.(report);
    const started = performance.now();
    await this.#keep(step, record);
    const { exitCode, report: told, counts } = await verb.run(context, events);
    await this.#keep(step, { ...record, outcome: "done", makes: await verb.makes(context) });
    Object.assign(report, { outcome: "done", exitCode, report: told, seconds: (performance.now() - started) / 1000 });
    say("info", "step", { step: step.name, verb: step.verb, outcome: "done", ...counts, exitCode });
    events.onStepDone?.(report);
  }

  async #keep(step: Step, record: StepRecord): Promise<void> {
    this.#manifest.steps[step.name] = record;
    await writeRunManifest(this.#request.project, this.#manifest);
  }
}

function reportOf({ name, verb, inputs, out }: Step, outcome: StepReport["outcome"], reasons: string[]): StepReport {
  return { name, verb, inputs, out: out ?? null, outcome, reasons, seconds: null, exitCode: null, report: null };
}
