/** Plans the jobs of each stage and has them done. */
import { join } from "node:path";
import { PAIR_WORDS, PLACE_WORDS } from "./group.ts";
import type { CutJob, DedupJob, GroupJob, PartMethod, VerifyJob } from "./job.ts";
import { countRecords } from "./load.ts";
import { CUT_WORDS } from "./parts/cut.ts";
import type { Plan } from "./plan.ts";
import { columns } from "./signatures.ts";
import { masksFor } from "./simhash/simhash.ts";
import { SIMHASH_WORDS } from "./simhash/simhash-index.ts";
import { countAll, type RankRange, sliceRanks } from "./slices.ts";

/** Does the jobs of one stage, which are named for progress. */
export type RunStage = (name: string, jobs: DedupJob[]) => Promise<void>;

export interface Stages {
  plan: Plan;
  workDir: string;
  parallel: number;
  run: RunStage;
}

const maxPartitions = 1_024;

/** Groups what shares keys; returns the files of candidates, one for each partition. */
export async function groupStage(stages: Stages, method: GroupJob["method"], skip: string): Promise<string[]> {
  const { plan, workDir, parallel, run } = stages;
  const partitions = partitionsFor(keyBytes(plan, method), plan.jobBytes, parallel);
  const jobs = Array.from({ length: partitions }, (_, partition): GroupJob => {
    const out = join(workDir, `${method}-${partition}-of-${partitions}.group`);
    return { kind: "group", method, workDir, partition, partitions, skip, out };
  });
  await run(`group ${method}`, jobs);
  return jobs.map(({ out }) => out);
}

function keyBytes(plan: Plan, method: GroupJob["method"]): number {
  const records = countRecords(plan, method);
  if (method !== "simhash") return records * columns[method].words * 4;
  return records * masksFor(plan.settings.maxHamming).length * SIMHASH_WORDS * 4;
}

/** A power of two: a partition is loaded and sorted, which takes it twice, in half of a job's memory. */
function partitionsFor(bytes: number, jobBytes: number, parallel: number): number {
  const needed = Math.max((4 * bytes) / jobBytes, Math.min(parallel, bytes / (1 << 20)), 1);
  return Math.min(maxPartitions, 2 ** Math.ceil(Math.log2(needed)));
}

/** Compares candidates by text; returns the files of edges in order of rank. */
export async function verifyStage(stages: Stages, method: VerifyJob["method"], inputs: string[]): Promise<string[]> {
  const { plan, workDir, parallel, run } = stages;
  const slices = slicesOf(plan, inputs, parallel, PAIR_WORDS);
  const jobs = slices.map(({ from, to }): VerifyJob => {
    const out = join(workDir, `${method}-${from}-${to}.edges`);
    return { kind: "verify", method, workDir, from, to, inputs, out };
  });
  await run(`verify ${method}`, jobs);
  return jobs.map(({ out }) => out);
}

/** Finds what is cut; returns the files of stretches in order of document. */
export async function cutStage(stages: Stages, inputs: Record<PartMethod, string[]>): Promise<string[]> {
  const { plan, workDir, parallel, run } = stages;
  const slices = slicesOf(plan, [...inputs.sentences, ...inputs.substring], parallel, PLACE_WORDS + CUT_WORDS);
  const jobs = slices.map(({ from, to }): CutJob => {
    return { kind: "cut", workDir, from, to, inputs, out: join(workDir, `${from}-${to}.cuts`) };
  });
  await run("cut", jobs);
  return jobs.map(({ out }) => out);
}

/** A slice is loaded and sorted in a quarter of a job's memory; each process gets several of them. */
function slicesOf(plan: Plan, inputs: string[], parallel: number, words: number): RankRange[] {
  const fitting = plan.jobBytes / 4 / (words * 4 * 2);
  const evenly = parallel > 1 ? Math.max(10_000, countAll(inputs) / (parallel * 8)) : fitting;
  const range = { from: plan.earlier, to: plan.earlier + plan.documents };
  return sliceRanks(inputs, range, Math.floor(Math.min(fitting, evenly)));
}
