/** Finds the copies among all documents from their signatures: plans the jobs, has them done, and decides. */
import { join } from "node:path";
import { writeBits } from "./bits.ts";
import type { DedupSettings } from "./config.ts";
import { Decision } from "./decide.ts";
import { PAIR_WORDS, PARTNERS } from "./group.ts";
import type { DedupJob, DedupTexts, DocumentMethod, VerifyJob } from "./job.ts";
import { countRecords, SKIPPED } from "./load.ts";
import { makePlan, type Plan, type SignatureSource, savePlan, toDocument } from "./plan.ts";
import { RecordReader } from "./record-file.ts";
import { runDedupJob } from "./run-job.ts";
import { columns } from "./signatures.ts";
import type { EdgeMeta } from "./verify.ts";

export interface ResolveOptions extends DedupTexts {
  /** The run's tasks in order: document ids are positions in their sequence. */
  tasks: SignatureSource[];
  /** Signatures of earlier corpora, whose documents win over the run's. */
  against?: SignatureSource[];
  settings: DedupSettings;
  /** A folder of this function's own; one that a killed call left is taken up again. */
  workDir: string;
  /** How many jobs `runJobs` does at once: they share the memory. 1 by default. */
  parallel?: number;
  /** Has jobs done, each by `runDedupJob` in any process and order; by default here, one after the other. */
  runJobs?: (jobs: DedupJob[]) => Promise<void>;
  onProgress?: (progress: DedupProgress) => void;
  signal?: AbortSignal;
}

export interface DedupProgress {
  /** e.g. `group minhash`. */
  stage: string;
  done: number;
  total: number;
}

export interface RemovedDocument {
  doc: number;
  /** The document that stays and that `doc` is a copy of; from `documents` on it is one of `against`. */
  partner: number;
  score: number;
  method: DocumentMethod;
}

export interface Resolution {
  documents: number;
  /** A bit for each document that goes (bit `doc & 7` of byte `doc >> 3`), also in `removedPath`. */
  removed: Uint8Array;
  /** Give it with the signatures when they serve as `against`. */
  removedPath: string;
  /** The first document of each document's cluster of near copies; its own id when it is alone. */
  cluster: Uint32Array;
  /** Clusters of two or more documents. */
  clusters: number;
  counts: Partial<Record<DocumentMethod, number>>;
  /** Candidates that were compared by text, and those of which a text was missing, which removed nothing. */
  compared: number;
  unverified: number;
  /** All removals in order of document; read from `workDir`, which has to stay that long. */
  removals(): AsyncIterable<RemovedDocument>;
}

export async function resolveDuplicates(options: ResolveOptions): Promise<Resolution> {
  const { tasks, against = [], settings, workDir, parallel = 1 } = options;
  const plan = makePlan(settings, tasks, against, parallel);
  savePlan(workDir, plan);
  const decision = new Decision(plan, workDir);
  const stage = stageRunner(options);

  if (settings.method.includes("exact")) {
    for (const path of await groupStage(plan, workDir, parallel, "exact", stage)) decision.addCopies(path);
  }
  writeBits(join(workDir, SKIPPED), decision.copies);

  const edges: { method: DocumentMethod; paths: string[] }[] = [];
  const seen: EdgeMeta = { compared: 0, unverified: 0 };
  for (const method of settings.method) {
    if (method !== "minhash") continue;
    const inputs = await groupStage(plan, workDir, parallel, method, stage);
    const jobs = verifyJobs(plan, workDir, parallel, method, inputs);
    await stage(`verify ${method}`, jobs);
    const paths = jobs.map(({ out }) => out);
    for (const path of paths) {
      using reader = new RecordReader<EdgeMeta>(path);
      seen.compared += reader.meta.compared;
      seen.unverified += reader.meta.unverified;
    }
    edges.push({ method, paths });
  }
  decision.decide(edges);
  return conclude(plan, workDir, decision, seen);
}

type RunStage = (name: string, jobs: DedupJob[]) => Promise<void>;

function stageRunner({ runJobs, text, onProgress, signal }: ResolveOptions): RunStage {
  return async (stage, jobs) => {
    signal?.throwIfAborted();
    onProgress?.({ stage, done: 0, total: jobs.length });
    if (runJobs) {
      await runJobs(jobs);
    } else {
      for (const [index, job] of jobs.entries()) {
        signal?.throwIfAborted();
        await runDedupJob(job, { text });
        if (index + 1 < jobs.length) onProgress?.({ stage, done: index + 1, total: jobs.length });
      }
    }
    onProgress?.({ stage, done: jobs.length, total: jobs.length });
  };
}

async function groupStage(
  plan: Plan,
  workDir: string,
  parallel: number,
  method: DocumentMethod,
  stage: RunStage,
): Promise<string[]> {
  const bytes = countRecords(plan, method) * columns[method].words * 4;
  const partitions = partitionsFor(bytes, plan.jobBytes, parallel);
  const jobs = Array.from({ length: partitions }, (_, partition) => {
    const out = join(workDir, `${method}-${partition}-of-${partitions}.pairs`);
    return { kind: "group" as const, method, workDir, partition, partitions, out };
  });
  await stage(`group ${method}`, jobs);
  return jobs.map(({ out }) => out);
}

const maxPartitions = 4_096;

/** A power of two: a partition is loaded and sorted, which takes it twice, in half of a job's memory. */
function partitionsFor(bytes: number, jobBytes: number, parallel: number): number {
  const needed = Math.max((4 * bytes) / jobBytes, Math.min(parallel, bytes / (1 << 20)), 1);
  return Math.min(maxPartitions, 2 ** Math.ceil(Math.log2(needed)));
}

function verifyJobs(
  plan: Plan,
  workDir: string,
  parallel: number,
  method: DocumentMethod,
  inputs: string[],
): VerifyJob[] {
  const pairsEach = plan.settings.bands * 2 * PARTNERS;
  const fitting = Math.floor(plan.jobBytes / 4 / (pairsEach * PAIR_WORDS * 4 * 2));
  const evenly = Math.ceil(plan.documents / (parallel * 8));
  const size = Math.max(256, Math.min(fitting, parallel > 1 ? evenly : fitting));
  const jobs: VerifyJob[] = [];
  const end = plan.earlier + plan.documents;
  for (let from = plan.earlier; from < end; from += size) {
    const to = Math.min(end, from + size);
    const out = join(workDir, `${method}-${from}-${to}.edges`);
    jobs.push({ kind: "verify", method, workDir, from, to, inputs, out });
  }
  return jobs;
}

function conclude(plan: Plan, workDir: string, decision: Decision, seen: EdgeMeta): Resolution {
  const counts: Partial<Record<DocumentMethod, number>> = {};
  for (const { method } of decision.removals()) counts[method] = (counts[method] ?? 0) + 1;
  const removedPath = join(workDir, "removed.bits");
  writeBits(removedPath, decision.removed);
  const { cluster, clusters } = clusterOf(plan, decision);
  return {
    ...seen,
    documents: plan.documents,
    removed: decision.removed,
    removedPath,
    cluster,
    clusters,
    counts,
    async *removals() {
      for (const { rank, partner, score, method } of decision.removals()) {
        yield { doc: toDocument(plan, rank), partner: toDocument(plan, partner), score, method };
      }
    },
  };
}

/** Turns the forest into each document's first; parents come before their children, so that one pass does. */
function clusterOf(plan: Plan, decision: Decision): { cluster: Uint32Array; clusters: number } {
  const { parents } = decision.clusters;
  let clusters = 0;
  const seen = new Uint8Array(Math.ceil(parents.length / 8));
  for (let rank = 0; rank < parents.length; rank++) {
    const root = parents[parents[rank]!]!;
    parents[rank] = root;
    if (root === rank || (seen[root >>> 3]! & (1 << (root & 7))) !== 0) continue;
    seen[root >>> 3] = seen[root >>> 3]! | (1 << (root & 7));
    clusters++;
  }
  const cluster = parents.subarray(plan.earlier);
  for (let document = 0; document < cluster.length; document++) {
    cluster[document] = toDocument(plan, cluster[document]!);
  }
  return { cluster, clusters };
}
