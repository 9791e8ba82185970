/** Does one job of finding copies. */
import { cut } from "./cut.ts";
import { group } from "./group.ts";
import type { DedupJob, DedupTexts } from "./job.ts";
import { loadPlan } from "./plan.ts";
import { isWhole } from "./record-file.ts";
import { verify } from "./verify.ts";

/** Does one job. It can be done again after a kill: its file appears complete, and one that is there is kept. */
export async function runDedupJob(job: DedupJob, texts: DedupTexts): Promise<void> {
  if (isWhole(job.out)) return;
  const plan = loadPlan(job.workDir);
  if (job.kind === "group") group(plan, job);
  else if (job.kind === "verify") verify(plan, job, texts);
  else cut(plan, job, texts);
}
