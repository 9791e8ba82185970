/** The stages that are one job for each task: reading, and finishing. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readNumbering, writeNumbering } from "./decisions.ts";
import { type Layout, stagingFolders } from "./layout.ts";
import { fingerprintOf, type Plan } from "./plan.ts";
import { type ReadRecord, readRecord } from "./records.ts";
import type { PrepareProgress } from "./report.ts";
import { inputKey } from "./split-inputs.ts";
import type { Workers } from "./workers.ts";

export interface StageRequest {
  layout: Layout;
  plan: Plan;
  workers: Workers;
  onProgress: (progress: PrepareProgress) => void;
}

/** Reads and filters every task that is not done, then numbers what was kept. */
export async function readStage({ layout, plan, workers, onProgress }: StageRequest): Promise<void> {
  for (const folder of stagingFolders) mkdirSync(join(layout.staging, folder), { recursive: true });
  const recordOf = (task: number) => readRecord<ReadRecord>(layout.taskFile("read", task), plan.id);
  const left = [...plan.tasks.keys()].filter((task) => recordOf(task) === undefined);
  const total = plan.inputs.bytes;
  let done = total - left.reduce((sum, task) => sum + plan.tasks[task]!.bytes, 0);
  onProgress({ phase: "read", done, total, unit: "bytes" });
  await workers.run(
    layout.dir,
    left.map((task) => ({ kind: "read", task })),
    {
      onProgress: ({ bytes }) => {
        done += bytes;
        onProgress({ phase: "read", done, total, unit: "bytes" });
      },
    },
  );
  const bases = [0];
  const records = [...plan.tasks.keys()].map((task) => recordOf(task)!);
  for (const { kept } of records) bases.push(bases.at(-1)! + kept);
  const contents = records.flatMap(({ inputs }) => inputs.map((input) => [inputKey(input), input.sha256] as const));
  await writeNumbering(layout, { plan: plan.id, bases, fingerprint: fingerprintOf(plan, contents) });
}

/** Turns what is kept of every task into tokens or documents. */
export async function finishStage({ layout, plan, workers, onProgress }: StageRequest): Promise<void> {
  const { bases } = readNumbering(layout, plan.id);
  const isDone = (task: number) => readRecord(layout.taskFile("finished", task), plan.id) !== undefined;
  const left = [...plan.tasks.keys()].filter((task) => !isDone(task));
  const total = bases.at(-1)!;
  let done = total - left.reduce((sum, task) => sum + bases[task + 1]! - bases[task]!, 0);
  onProgress({ phase: "finish", done, total, unit: "documents" });
  await workers.run(
    layout.dir,
    left.map((task) => ({ kind: "finish", task })),
    {
      onProgress: ({ documents }) => {
        done += documents;
        onProgress({ phase: "finish", done, total, unit: "documents" });
      },
    },
  );
}
