/** The work of finding copies in pieces: plain data, so that other processes can do them, each with its output file. */
import { existsSync } from "node:fs";
import { group } from "./group.ts";
import { loadPlan } from "./plan.ts";
import { verify } from "./verify.ts";

/** Methods that find whole documents; the others find parts of them. */
export type DocumentMethod = "exact" | "minhash";

/** Finds, among the keys of one partition, documents that may be copies. */
export interface GroupJob {
  kind: "group";
  method: DocumentMethod;
  workDir: string;
  partition: number;
  partitions: number;
  out: string;
}

/** Compares the documents of ranks `[from, to)` with their candidates, by their texts. */
export interface VerifyJob {
  kind: "verify";
  method: DocumentMethod;
  workDir: string;
  from: number;
  to: number;
  inputs: string[];
  out: string;
}

export type DedupJob = GroupJob | VerifyJob;

export interface DedupTexts {
  /**
   * The text of a document that was given to the signature writer, by its number (those of `against` from `documents`
   * on); undefined when it cannot be had: the document then counts as a copy of nothing.
   */
  text(document: number): string | undefined;
}

/** Does one job. It can be done again after a kill: its file appears complete, and one that is there is kept. */
export async function runDedupJob(job: DedupJob, texts: DedupTexts): Promise<void> {
  if (existsSync(job.out)) return;
  const plan = loadPlan(job.workDir);
  if (job.kind === "group") group(plan, job);
  else verify(plan, job, texts);
}
