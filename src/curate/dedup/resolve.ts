/** Finds the copies among all documents from their signatures: has the jobs of each stage done, and decides. */
import { join } from "node:path";
import type { DedupSettings } from "./config.ts";
import { Decision } from "./decide.ts";
import { bitsFor, hasBit, setBit, writeBits } from "./files/bits.ts";
import { RecordReader, RecordWriter } from "./files/record-file.ts";
import { type DedupJob, type DedupTexts, type DocumentMethod, type PartMethod, partMethods } from "./job.ts";
import { CUT_WORDS, CUTS, type CutMeta } from "./parts/cut.ts";
import { makePlan, type Plan, type SignatureSource, savePlan, toDocument } from "./plan.ts";
import type { Resolution } from "./resolution.ts";
import { runDedupJob } from "./run-job.ts";
import { cutStage, groupStage, type RunStage, type Stages, verifyStage } from "./stages.ts";
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
  /** Jobs. */
  done: number;
  total: number;
}

/**
 * Takes 4 bytes of memory for each document (of `against` too) and some bits, beside `settings.memoryBytes` for jobs.
 * Whole documents are decided about first; parts are then looked for among those that stay.
 */
export async function resolveDuplicates(options: ResolveOptions): Promise<Resolution> {
  const { tasks, against = [], settings, workDir, parallel = 1 } = options;
  const plan = makePlan(settings, tasks, against, parallel);
  savePlan(workDir, plan);
  const stages: Stages = { plan, workDir, parallel, run: stageRunner(options) };
  const decision = new Decision(plan, workDir);
  const seen = await decideDocuments(stages, decision);
  const cuts = await findCuts(stages, decision);
  const removedPath = join(workDir, "removed.bits");
  writeBits(removedPath, decision.removed, true);
  const counts: Resolution["counts"] = {};
  for (const method of settings.method) {
    if (method !== "semantic") counts[method] = isPart(method) ? (cuts?.found[method] ?? 0) : 0;
  }
  for (const { method } of decision.removals()) counts[method] = (counts[method] ?? 0) + 1;
  return {
    documents: plan.documents,
    removed: decision.removed,
    removedPath,
    cutsPath: cuts?.path,
    cutDocuments: cuts?.documents ?? 0,
    ...clustersOf(plan, decision),
    counts,
    compared: seen.compared,
    unverified: seen.unverified + (cuts?.unverified ?? 0),
    async *removals() {
      for (const { rank, partner, score, method } of decision.removals()) {
        yield { doc: toDocument(plan, rank), partner: toDocument(plan, partner), score, method };
      }
    },
  };
}

function isPart(method: string): method is PartMethod {
  return (partMethods as readonly string[]).includes(method);
}

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

/** Documents that have the same text as an earlier one are settled first, and left out of all other comparing. */
async function decideDocuments(stages: Stages, decision: Decision): Promise<EdgeMeta> {
  const { plan, workDir } = stages;
  const { method: methods } = plan.settings;
  const copiesPath = join(workDir, "copies.bits");
  if (methods.includes("exact")) {
    const none = join(workDir, "none.bits");
    writeBits(none, bitsFor(plan.earlier + plan.documents));
    for (const path of await groupStage(stages, "exact", none)) decision.addCopies(path);
  }
  writeBits(copiesPath, decision.copies);
  const edges: { method: DocumentMethod; paths: string[] }[] = [];
  const seen: EdgeMeta = { compared: 0, unverified: 0 };
  for (const method of methods) {
    if (method !== "minhash" && method !== "simhash") continue;
    const paths = await verifyStage(stages, method, await groupStage(stages, method, copiesPath));
    for (const path of paths) {
      using reader = new RecordReader<EdgeMeta>(path);
      seen.compared += reader.meta.compared;
      seen.unverified += reader.meta.unverified;
    }
    edges.push({ method, paths });
  }
  decision.decide(edges);
  return seen;
}

interface FoundCuts extends CutMeta {
  path: string;
  documents: number;
}

/** Looks for repeated parts among the documents that stay, and puts them into one file. */
async function findCuts(stages: Stages, decision: Decision): Promise<FoundCuts | undefined> {
  const { plan, workDir } = stages;
  const wanted = partMethods.filter((method) => plan.settings.method.includes(method));
  if (wanted.length === 0) return undefined;
  const skip = join(workDir, "gone.bits");
  writeBits(skip, goneByRank(plan, decision));
  const inputs: Record<PartMethod, string[]> = { sentences: [], substring: [] };
  for (const method of wanted) inputs[method] = await groupStage(stages, method, skip);
  const path = join(workDir, "cuts.rec");
  const found: FoundCuts = { path, documents: 0, found: { sentences: 0, substring: 0 }, unverified: 0 };
  const writer = new RecordWriter<null>(path, 1 << 20, false);
  const column = writer.column(CUTS, CUT_WORDS, 0);
  for (const part of await cutStage(stages, inputs)) {
    using reader = new RecordReader<CutMeta>(part);
    for (const method of partMethods) found.found[method] += reader.meta.found[method];
    found.unverified += reader.meta.unverified;
    let last = -1;
    for (const { records, count } of reader.blocks(CUTS)) {
      for (let at = 0; at < count * CUT_WORDS; at += CUT_WORDS) {
        if (records[at] !== last) found.documents++;
        last = records[at]!;
        column.add(records.subarray(at, at + CUT_WORDS));
      }
    }
  }
  writer.finish(null);
  return found;
}

function goneByRank(plan: Plan, decision: Decision): Uint8Array {
  const gone = bitsFor(plan.earlier + plan.documents);
  for (let document = 0; document < plan.documents; document++) {
    if (hasBit(decision.removed, document)) setBit(gone, plan.earlier + document);
  }
  return gone;
}

/** Turns the forest into each document's first; parents come before their children, so that one pass does. */
function clustersOf(plan: Plan, decision: Decision): { cluster: Uint32Array; clusters: number } {
  const { parents } = decision.clusters;
  const seen = bitsFor(parents.length);
  let clusters = 0;
  for (let rank = 0; rank < parents.length; rank++) {
    const root = parents[parents[rank]!]!;
    parents[rank] = root;
    if (root === rank || hasBit(seen, root)) continue;
    setBit(seen, root);
    clusters++;
  }
  const cluster = parents.subarray(plan.earlier);
  for (let document = 0; document < cluster.length; document++) {
    cluster[document] = toDocument(plan, cluster[document]!);
  }
  return { cluster, clusters };
}
