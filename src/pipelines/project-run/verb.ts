/** What `mdp run` needs to know of a verb: what changed since its step was last done, how to do it, what it made. */
import type { Settings } from "../../config/schema.ts";
import type { Project } from "../../core/project.ts";
import type { FitProgress } from "../../train/contrastive/fit.ts";
import type { IngestProgress } from "../ingest.ts";
import type { PrepareProgress } from "../prepare.ts";
import type { TrainRequest } from "../train.ts";
import type { StepRecord } from "./manifest.ts";
import type { Step } from "./steps.ts";

export interface StepContext {
  project: Project;
  step: Step;
  settings: Settings;
  /** What is known of the step from its last run. */
  before: StepRecord | undefined;
  /** Whether the step was begun with the same settings over the same contents, and did not end. */
  resumes: boolean;
  signal: AbortSignal;
}

export interface StepEvents {
  onIngest?: (progress: IngestProgress) => void;
  onPrepare?: (progress: PrepareProgress) => void;
  /** Who follows a training of so many iterations. */
  onTrain?: (iters: number) => NonNullable<TrainRequest["callbacks"]>;
  /** Each step of a training of an embedding model. */
  onFit?: (progress: FitProgress) => void;
  onQuestion?: (asked: number, total: number) => void;
  onNote?: (note: string) => void;
}

export interface StepResult {
  /** 0, or 1 where records were refused. */
  exitCode: number;
  /** What `--json` of the verb prints. */
  report: unknown;
  /** Numbers for the log. */
  counts: Record<string, unknown>;
}

export interface Verb {
  /** Whether what it makes tells of its settings and inputs, also when it was made without `mdp run`. */
  selfKept: boolean;
  /** Sections whose settings decide what comes out. */
  sections: readonly (keyof Settings)[];
  /** Why the step is to be done, one sentence each, its settings and the hashes that `reads` gives apart. */
  changes(context: StepContext): Promise<string[]>;
  /** SHA-256 of what the step reads, by name, where the verb itself keeps no account of it. */
  reads(context: StepContext): Promise<Record<string, string>>;
  run(context: StepContext, events: StepEvents): Promise<StepResult>;
  /** What identifies the result, by name: the same for equal results, whenever and wherever they were made. */
  makes(context: StepContext): Promise<Record<string, string>>;
}

/** `3 new inputs`, or nothing when there are none. */
export function counted(count: number, one: string): string[] {
  return count === 0 ? [] : [`${count} ${one}${count === 1 ? "" : "s"}`];
}
