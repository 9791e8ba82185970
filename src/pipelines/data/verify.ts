/** Whether an output is what its manifest says, and its inputs are still what they were. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256File } from "../../core/hash.ts";
import { hashInput } from "../prepare/hash-input.ts";
import type { Layout } from "../prepare/layout.ts";
import { type InputLine, inputKey } from "../prepare/split-inputs.ts";
import { verifyShards } from "../shards/verify.ts";
import { type Manifest, readManifest } from "./output.ts";

export interface Problem {
  path: string;
  problem: string;
}

export interface DataVerifyReport {
  /** Files of the output, and inputs, that were checked. */
  outputs: number;
  inputs: number;
  /** Empty when everything is what the manifest says. */
  problems: Problem[];
}

/** @param inputs also hash the inputs, which may have moved on since: each difference is a problem */
export async function verifyData(dir: string, inputs: boolean): Promise<DataVerifyReport> {
  const { layout, manifest } = await readManifest(dir);
  const report: DataVerifyReport = { outputs: 0, inputs: 0, problems: [] };
  for (const { path, bytes, sha256 } of manifest.outputs) {
    report.outputs++;
    const problem = await problemOf(join(layout.dir, path), bytes, sha256);
    if (problem !== undefined) report.problems.push({ path, problem });
  }
  if (manifest.command === "shard") {
    const shards = await verifyShards(layout.dir);
    report.outputs += shards.shards;
    report.problems.push(...shards.problems.map(({ path, problem }) => ({ path: join("shards", path), problem })));
  }
  if (inputs) await verifyInputs(layout, manifest, report);
  return report;
}

async function problemOf(path: string, bytes: number, sha256: string): Promise<string | undefined> {
  if (!existsSync(path)) return "it is missing";
  const { size } = statSync(path);
  if (size !== bytes) return `it has ${size} bytes, the manifest says ${bytes}`;
  return (await sha256File(path)) === sha256 ? undefined : "its SHA-256 is not that of the manifest";
}

async function verifyInputs(layout: Layout, manifest: Manifest, report: DataVerifyReport): Promise<void> {
  const hashes = new Map(manifest.inputs.map((input) => [inputKey(input), input.sha256]));
  for (const line of readFileSync(layout.inputs, "utf8").split("\n")) {
    if (line === "") continue;
    const input = JSON.parse(line) as InputLine;
    report.inputs++;
    const hash = existsSync(input.path) ? await hashInput(input) : undefined;
    if (hash === hashes.get(inputKey(input))) continue;
    report.problems.push({
      path: input.path,
      problem: hash === undefined ? "the input is gone" : "the input has changed",
    });
  }
}
