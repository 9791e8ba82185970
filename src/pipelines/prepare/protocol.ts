/** What the coordinator and its worker processes say to each other: one JSON value a line. */
import type { DedupJob } from "../../curate/dedup/dedup.ts";

/** The argument that makes the executable a worker. */
export const WORKER_ARGUMENT = "__worker";

/** A pure function of the output folder's plan and files; its results are files, the completion record last. */
export type Job =
  | { kind: "read"; task: number }
  | { kind: "dedup"; job: DedupJob }
  | { kind: "finish"; task: number }
  | { kind: "shard"; number: number };

export interface JobRequest {
  /** Process id of the coordinator. */
  parent: number;
  /** Where the lock of its run lies. */
  stateDir: string;
  dir: string;
  job: Job;
}

/** What a job has done so far. */
export interface JobProgress {
  documents: number;
  bytes: number;
}

export type JobReply =
  | { progress: JobProgress }
  | { done: true }
  | { failed: { code: string; message: string; where?: string | undefined; hint?: string | undefined } };
