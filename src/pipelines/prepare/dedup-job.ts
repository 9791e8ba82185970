/** One piece of the search for copies, in a worker. */
import { type DedupJob, runDedupJob } from "../../curate/dedup/dedup.ts";
import { readCompared } from "./compared.ts";
import { layoutOf } from "./layout.ts";
import { StagedDocuments } from "./staged.ts";

export async function dedupJob(dir: string, job: DedupJob): Promise<void> {
  const layout = layoutOf(dir);
  using staged = new StagedDocuments(readCompared(layout));
  await runDedupJob(job, { text: (number) => staged.text(number) });
}
