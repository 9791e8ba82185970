/** One piece of the search for copies, in a worker. */
import { assert } from "../../core/errors.ts";
import { type DedupJob, runDedupJob } from "../../curate/dedup/dedup.ts";
import { readNumbering } from "./decisions.ts";
import { layoutOf } from "./layout.ts";
import { readPlan } from "./plan.ts";
import { StagedDocuments } from "./staged.ts";

export async function dedupJob(dir: string, job: DedupJob): Promise<void> {
  const layout = layoutOf(dir);
  const plan = readPlan(layout.plan);
  assert(plan, "there is a plan");
  using staged = new StagedDocuments(layout, readNumbering(layout, plan.id).bases);
  await runDedupJob(job, { text: (number) => (number < staged.count ? staged.text(number) : undefined) });
}
