/** The stage between reading and finishing: copies are found among all documents, and every removal is logged. */
import { dirname, join, relative } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { NewFile } from "../../core/new-file.ts";
import type { Project } from "../../core/project.ts";
import { type RemovedDocument, type Resolution, resolveDuplicates } from "../../curate/dedup/dedup.ts";
import { bitsFor, hasBit, setBit } from "../../curate/dedup/files/bits.ts";
import { openAgainst } from "./against.ts";
import { writeCompared } from "./compared.ts";
import { type Numbering, readDecided, writeDecisions } from "./decisions.ts";
import type { Layout } from "./layout.ts";
import { semanticCopies } from "./semantic.ts";
import { StagedDocuments } from "./staged.ts";
import type { StageRequest } from "./stages.ts";

const LOG_CHARS = 1 << 20;

export interface FindCopiesRequest extends StageRequest {
  project: Project;
  settings: Settings;
  numbering: Numbering;
  /** How many workers there are: they share the memory. */
  parallel: number;
  signal: AbortSignal;
}

export async function findCopies(request: FindCopiesRequest): Promise<void> {
  const { layout, plan, workers, signal } = request;
  const { dedup } = plan.settings;
  if (dedup.method.length === 0 || readDecided(layout, plan.id)) return;
  const { bases } = request.numbering;
  const earlier = await openAgainst({ ...request, paths: dedup.against });
  const folder = dirname(layout.taskFile("documents", 0));
  const compared = [{ folder, bases }, ...earlier.map(({ documents }) => documents)];
  writeCompared(layout, compared);
  using staged = new StagedDocuments(compared);
  const resolution = await resolveDuplicates({
    tasks: plan.tasks.map((_, task) => ({
      path: layout.taskFile("signatures", task),
      documents: bases[task + 1]! - bases[task]!,
    })),
    against: earlier.flatMap(({ signatures }) => signatures),
    settings: dedup,
    workDir: join(layout.staging, "dedup", "work"),
    parallel: request.parallel,
    text: (number) => staged.text(number),
    runJobs: (jobs) =>
      workers.run(
        layout.dir,
        jobs.map((job) => ({ kind: "dedup", job })),
      ),
    onProgress: ({ done, total }) => request.onProgress({ phase: "dedup", done, total, unit: "parts" }),
    signal,
  });
  const meaning = dedup.method.includes("semantic") ? await addSemantic(request, resolution) : [];
  await logRemovals(layout, resolution, meaning, staged);
  await keepRemoved(layout, bases, resolution.removed);
  const { clusters, counts, unverified, cutsPath } = resolution;
  const cuts = cutsPath === undefined ? null : relative(layout.staging, cutsPath);
  await writeDecisions(
    layout,
    { plan: plan.id, clusters, methods: { ...counts }, unverified, cuts },
    resolution.removed,
    resolution.cluster,
  );
}

/** Adds copies by meaning among what is left to the resolution, and returns their removals. */
async function addSemantic(request: FindCopiesRequest, resolution: Resolution): Promise<RemovedDocument[]> {
  const { layout, project, settings, numbering } = request;
  const isRemoved = (number: number) => hasBit(resolution.removed, number);
  const { duplicates, documents } = await semanticCopies({
    layout,
    project,
    settings,
    bases: numbering.bases,
    isRemoved,
  });
  const removals: RemovedDocument[] = [];
  for await (const { doc, partner, score, method } of duplicates.removals()) {
    removals.push({ doc: documents[doc]!, partner: documents[partner]!, score, method });
    setBit(resolution.removed, documents[doc]!);
    resolution.cluster[documents[doc]!] = resolution.cluster[documents[partner]!]!;
  }
  resolution.counts.semantic = removals.length;
  resolution.clusters += duplicates.clusters;
  return removals;
}

/** Beside each task's signatures, which of its documents were removed: a later run compares with those that stayed. */
async function keepRemoved(layout: Layout, bases: readonly number[], removed: Uint8Array): Promise<void> {
  for (let task = 0; task < bases.length - 1; task++) {
    const first = bases[task]!;
    const count = bases[task + 1]! - first;
    const bits = bitsFor(count);
    for (let i = 0; i < count; i++) {
      if (hasBit(removed, first + i)) setBit(bits, i);
    }
    const file = await NewFile.create(`${layout.taskFile("signatures", task)}.removed`);
    await file.append(bits);
    await file.commit();
  }
}

/** `removed.jsonl`: each document that goes, the one that stays for it, and how alike they are. */
async function logRemovals(
  layout: Layout,
  resolution: Resolution,
  meaning: readonly RemovedDocument[],
  staged: StagedDocuments,
): Promise<void> {
  const file = await NewFile.create(layout.removed);
  let lines = "";
  for await (const { doc, partner, score, method } of inOrder(resolution.removals(), meaning)) {
    const line = { id: staged.id(doc), partner: staged.id(partner), score: Number(score.toFixed(6)), method };
    lines += `${JSON.stringify(line)}\n`;
    if (lines.length < LOG_CHARS) continue;
    await file.append(Buffer.from(lines));
    lines = "";
  }
  await file.append(Buffer.from(lines));
  await file.commit();
}

/** Both lists are in order of document, and no document is in both. */
async function* inOrder(
  stream: AsyncIterable<RemovedDocument>,
  more: readonly RemovedDocument[],
): AsyncGenerator<RemovedDocument> {
  let next = 0;
  for await (const removal of stream) {
    while (next < more.length && more[next]!.doc < removal.doc) yield more[next++]!;
    yield removal;
  }
  yield* more.slice(next);
}
