/** `manifest.json`: every input's hash, every setting and every count of a complete run; written last. */
import { readFileSync } from "node:fs";
import { version } from "../../../package.json";
import { NewFile } from "../../core/new-file.ts";
import type { Layout } from "./layout.ts";
import { decisiveSections, type Plan } from "./plan.ts";
import { type FinishRecord, type ReadRecord, readRecord } from "./records.ts";
import type { PrepareReport } from "./report.ts";

/** Inputs that are written at once: a million of them are not held as one text. */
const WRITTEN_TOGETHER = 1_000;

/** The manifest holds no times and no number of workers, so that equal runs give equal bytes. */
export async function writeManifest(
  layout: Layout,
  plan: Plan,
  report: PrepareReport,
  inputs: Iterable<ReadRecord["inputs"][number]>,
  outputs: readonly NonNullable<FinishRecord["output"]>[],
): Promise<void> {
  const { command, files } = plan;
  const { out: _, seconds: __, unchanged: ___, ...counts } = report;
  const head = {
    mdp: version,
    command,
    fingerprint: report.fingerprint,
    arguments: plan.inputs.arguments,
    settings: decisiveSections(plan.settings),
    files,
    report: counts,
    outputs,
  };
  const file = await NewFile.create(layout.manifest);
  const text = JSON.stringify(head, null, 2);
  await file.append(Buffer.from(`${text.slice(0, -2)},\n  "inputs": [`));
  let lines: string[] = [];
  let separator = "\n    ";
  const flush = async () => {
    await file.append(Buffer.from(lines.join("")));
    lines = [];
  };
  for (const input of inputs) {
    lines.push(`${separator}${JSON.stringify(input)}`);
    separator = ",\n    ";
    if (lines.length >= WRITTEN_TOGETHER) await flush();
  }
  await flush();
  await file.append(Buffer.from("\n  ]\n}\n"));
  await file.commit();
}

/** What the tasks of a plan read, in order. */
export function* inputsOf(layout: Layout, plan: Plan): Generator<ReadRecord["inputs"][number]> {
  for (const task of plan.tasks.keys()) {
    yield* readRecord<ReadRecord>(layout.taskFile("read", task), plan.id)!.inputs;
  }
}

/** The files of documents that the tasks of a plan wrote. */
export function outputsOf(layout: Layout, plan: Plan): NonNullable<FinishRecord["output"]>[] {
  return [...plan.tasks.keys()].flatMap(
    (task) => readRecord<FinishRecord>(layout.taskFile("finished", task), plan.id)?.output ?? [],
  );
}

/** The report of the complete run in an output folder. */
export function readManifestReport(layout: Layout): PrepareReport {
  const { report } = JSON.parse(readFileSync(layout.manifest, "utf8")) as { report: PrepareReport };
  return { ...report, out: layout.dir, seconds: {} };
}
