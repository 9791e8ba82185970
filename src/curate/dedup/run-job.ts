/** Does one job of finding copies. */

import { isWhole } from "./files/record-file.ts";
import { group } from "./group.ts";
import type { DedupJob, DedupTexts } from "./job.ts";
import { cut } from "./parts/cut.ts";
import { loadPlan } from "./plan.ts";
import { verify } from "./verify.ts";

const MAX_ABANDONED = 8 << 20;
/** Bytes of arrays that jobs of this process are done with since memory was given back. */
let abandoned = 0;

/** Does one job. It can be done again after a kill: its file appears complete, and one that is there is kept. */
export async function runDedupJob(job: DedupJob, texts: DedupTexts): Promise<void> {
  if (isWhole(job.out)) return;
  const plan = loadPlan(job.workDir);
  if (job.kind === "group") abandoned += group(plan, job);
  else if (job.kind === "verify") abandoned += verify(plan, job, texts);
  else abandoned += cut(plan, job, texts);
  // The collector does not see how large arrays are; the next job's would come on top of these.
  if (abandoned < MAX_ABANDONED) return;
  Bun.gc(true);
  abandoned = 0;
}
