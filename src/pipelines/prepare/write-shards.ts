/** The last stage of `shard`: rows are planned from the lengths of all documents, then shards are written side by side. */
import { basename, dirname, resolve } from "node:path";
import { planShards } from "../../shard/plan/plan-shards.ts";
import { efficiencyOf, sumCounts } from "../../shard/shard-index.ts";
import { parseSplits } from "../../shard/splits.ts";
import { finishShards } from "../../shard/write/finish.ts";
import type { Layout } from "./layout.ts";
import type { Plan } from "./plan.ts";
import { readRecord, writeRecord } from "./records.ts";
import type { PrepareProgress, PrepareReport } from "./report.ts";
import { type ShardRecord, shardPlanPath, shardRecordPath } from "./shard-job.ts";
import { separatorOf, tokenizerOf } from "./token-sink.ts";
import type { Workers } from "./workers.ts";

export interface WriteShardsRequest {
  layout: Layout;
  plan: Plan;
  workers: Workers;
  /** Gets the counts of rows and shards. */
  report: PrepareReport;
  onProgress: (progress: PrepareProgress) => void;
}

/** A file that is called as all of them are says less than the folder that it lies in. */
function tokenizerName(path: string): string {
  const name = basename(path);
  return name === "tokenizer.json" || name === "tokenizer.model" ? basename(dirname(resolve(path))) : name;
}

export async function writeShards({ layout, plan, workers, report, onProgress }: WriteShardsRequest): Promise<void> {
  const { shard } = plan.settings;
  const tokenizer = await tokenizerOf(plan);
  const shardPlan = planShards({
    tokenFiles: [...plan.tasks.keys()].map((task) => layout.taskFile("tokens", task)),
    outDir: layout.dir,
    settings: {
      ...shard,
      splitNames: parseSplits(shard.splits).map(({ name }) => name),
      tokenizer: { name: tokenizerName(shard.tokenizer!), sha256: tokenizer.sha256 },
      vocabSize: tokenizer.vocabSize,
      padId: tokenizer.special.pad ?? null,
      sepId: separatorOf(tokenizer, shard.separator),
      fingerprint: report.fingerprint,
    },
  });
  await writeRecord(shardPlanPath(layout), { plan: plan.id, ...shardPlan });
  const recordOf = (k: number) => readRecord<ShardRecord>(shardRecordPath(layout, k), plan.id);
  const total = shardPlan.shards.length;
  let done = 0;
  const left = [...shardPlan.shards.keys()].filter((k) => recordOf(k) === undefined);
  done = total - left.length;
  await workers.run(
    layout.dir,
    left.map((number) => ({ kind: "shard", number })),
    { onDone: () => onProgress({ phase: "shards", done: ++done, total, unit: "shards" }) },
  );
  const index = await finishShards(
    shardPlan,
    [...shardPlan.shards.keys()].map((k) => recordOf(k)!.shard),
  );
  report.samples = index.total_samples;
  report.shards = index.num_shards;
  const sums = sumCounts(index.shards);
  report.packing = {
    efficiency: efficiencyOf(sums),
    paddingTokens: sums.padding_tokens,
    truncatedTokens: sums.truncated_tokens,
    droppedTokens: sums.dropped_tokens,
  };
  for (const [name, { shards, samples }] of Object.entries(index.splits)) {
    report.splits[name] ??= { documents: 0, tokens: 0, samples: 0, shards: 0 };
    Object.assign(report.splits[name], { shards, samples });
  }
}
