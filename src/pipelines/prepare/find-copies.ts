/** The stage between reading and finishing: copies are found among all documents, and every removal is logged. */
import { join } from "node:path";
import { NewFile } from "../../core/new-file.ts";
import { type Resolution, resolveDuplicates } from "../../curate/dedup/dedup.ts";
import { type Numbering, readDecided, writeDecisions } from "./decisions.ts";
import type { Layout } from "./layout.ts";
import type { Plan } from "./plan.ts";
import type { PrepareProgress } from "./report.ts";
import { StagedDocuments } from "./staged.ts";
import type { Workers } from "./workers.ts";

const LOG_CHARS = 1 << 20;

export interface FindCopiesRequest {
  layout: Layout;
  plan: Plan;
  numbering: Numbering;
  workers: Workers;
  /** How many workers there are: they share the memory. */
  parallel: number;
  signal: AbortSignal;
  onProgress: (progress: PrepareProgress) => void;
}

export async function findCopies(request: FindCopiesRequest): Promise<void> {
  const { layout, plan, numbering, workers, signal } = request;
  const { dedup } = plan.settings;
  if (dedup.method.length === 0 || readDecided(layout, plan.id)) return;
  const { bases } = numbering;
  using staged = new StagedDocuments(layout, bases);
  const resolution = await resolveDuplicates({
    tasks: plan.tasks.map((_, task) => ({
      path: layout.taskFile("signatures", task),
      documents: bases[task + 1]! - bases[task]!,
    })),
    settings: dedup,
    workDir: join(layout.staging, "dedup", "work"),
    parallel: request.parallel,
    text: (number) => (number < staged.count ? staged.text(number) : undefined),
    runJobs: (jobs) => workers.run(jobs.map((job) => ({ kind: "dedup", job }))),
    onProgress: ({ done, total }) => request.onProgress({ phase: "dedup", done, total, unit: "documents" }),
    signal,
  });
  await logRemovals(layout, resolution, staged);
  await writeDecisions(
    layout,
    { plan: plan.id, clusters: resolution.clusters, methods: { ...resolution.counts } },
    resolution.removed,
    resolution.cluster,
  );
}

/** `removed.jsonl`: each document that goes, the one that stays for it, and how alike they are. */
async function logRemovals(layout: Layout, resolution: Resolution, staged: StagedDocuments): Promise<void> {
  const file = await NewFile.create(layout.removed);
  let lines = "";
  for await (const { doc, partner, score, method } of resolution.removals()) {
    const line = { id: staged.id(doc), partner: staged.id(partner), score: Number(score.toFixed(6)), method };
    lines += `${JSON.stringify(line)}\n`;
    if (lines.length < LOG_CHARS) continue;
    await file.append(Buffer.from(lines));
    lines = "";
  }
  await file.append(Buffer.from(lines));
  await file.commit();
}
