/** One shard of the plan, in a worker; what was written is noted beside the plan. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ShardPlan } from "../../shard/plan/plan.ts";
import { type NewShard, writeShard } from "../../shard/write/write-shard.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { writeRecord } from "./records.ts";

export const shardPlanPath = (layout: Layout) => join(layout.staging, "shards", "plan.json");
export const shardRecordPath = (layout: Layout, number: number) => join(layout.staging, "shards", `${number}.json`);

export interface ShardRecord {
  plan: string;
  shard: NewShard;
}

export async function shardJob(dir: string, number: number): Promise<void> {
  const layout = layoutOf(dir);
  const plan = JSON.parse(readFileSync(shardPlanPath(layout), "utf8")) as ShardPlan & { plan: string };
  const record: ShardRecord = { plan: plan.plan, shard: await writeShard(plan, number) };
  await writeRecord(shardRecordPath(layout, number), record);
}
