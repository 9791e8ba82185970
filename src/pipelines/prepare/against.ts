/** Earlier corpora whose documents must not come again: outputs of earlier runs, or plain files that are read first. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Settings } from "../../config/schema.ts";
import { MdpError } from "../../core/errors.ts";
import type { Project } from "../../core/project.ts";
import { CurateSettings } from "../../curate/config.ts";
import type { SignatureSource } from "../../curate/dedup/dedup.ts";
import { type Numbering, readNumbering, readNumberingAt } from "./decisions.ts";
import { isOutput } from "./hash-against.ts";
import { type Layout, layoutOf, taskName } from "./layout.ts";
import { makePlan, type Plan, readPlan, writePlan } from "./plan.ts";
import type { PrepareProgress } from "./report.ts";
import { scan } from "./scan.ts";
import type { DocumentFolder } from "./staged.ts";
import { readStage } from "./stages.ts";
import type { Workers } from "./workers.ts";

/** One earlier corpus, ready to be compared with. */
export interface Earlier {
  documents: DocumentFolder;
  signatures: SignatureSource[];
}

export interface AgainstRequest {
  layout: Layout;
  project: Project;
  settings: Settings;
  paths: readonly string[];
  workers: Workers;
  signal: AbortSignal;
  onProgress: (progress: PrepareProgress) => void;
}

/** @throws MdpError when an output has no signatures left, or a corpus cannot be read */
export async function openAgainst(request: AgainstRequest): Promise<Earlier[]> {
  const earlier: Earlier[] = [];
  for (const [i, path] of request.paths.entries()) {
    earlier.push(isOutput(path) ? ofOutput(path) : await ofCorpus(request, path, i));
  }
  return earlier;
}

function ofOutput(path: string): Earlier {
  const { cache } = layoutOf(path);
  const plan = readPlan(join(cache, "plan.json"));
  const numbering = plan && readNumberingAt(join(cache, "numbering.json"), plan.id);
  const folder = join(cache, "signatures");
  if (!numbering || !existsSync(folder)) {
    throw new MdpError({
      code: "signatures-missing",
      message: "the earlier run left no signatures to compare with",
      where: cache,
      hint: "name the run's inputs instead, or repeat it with --dedup exact or minhash",
    });
  }
  return earlierOf(plan, numbering, folder, join(cache, "documents"));
}

/** Reads a plain corpus as it is, within the staging folder; a run that goes on finds it there. */
async function ofCorpus(request: AgainstRequest, path: string, number: number): Promise<Earlier> {
  const { project, workers, signal } = request;
  const layout = layoutOf(join(request.layout.staging, "against", String(number)));
  const settings = { ...request.settings, curate: v.parse(CurateSettings, { preset: "none" }) };
  const scanRequest = { project, inputs: [path], settings, signal };
  const found = await scan(scanRequest);
  const plan = await makePlan("dedup", scanRequest, found);
  if (readPlan(layout.plan)?.id !== plan.id) await writePlan(layout, plan, found);
  await readStage({ layout, plan, workers, onProgress: request.onProgress });
  const folder = join(layout.staging, "signatures");
  return earlierOf(plan, readNumbering(layout, plan.id), folder, join(layout.staging, "documents"));
}

function earlierOf(plan: Plan, { bases }: Numbering, signatures: string, documents: string): Earlier {
  return {
    documents: { folder: documents, bases },
    signatures: [...plan.tasks.keys()].map((task) => {
      const path = join(signatures, taskName(task));
      const removedPath = `${path}.removed`;
      return {
        path,
        documents: bases[task + 1]! - bases[task]!,
        ...(existsSync(removedPath) ? { removedPath } : {}),
      };
    }),
  };
}
