/** Runs on the same global batches by one process or by several, and how far their results are apart. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type * as v from "valibot";
import * as mx from "../../../src/mlx/index.ts";
import type { TrainSettings } from "../../../src/train/config.ts";
import { parseHosts } from "../../../src/train/distributed/hosts.ts";
import { launchRanks } from "../../../src/train/distributed/launch.ts";
import { readMetrics } from "../../../src/train/metrics.ts";
import type { Logits, Objective } from "../../../src/train/objective.ts";
import { TempFolder, trainTiny } from "../../support/train-runs.ts";
import { globalBatch, pickRows, rowsOf, validationNumbers } from "./global-batch.ts";

export interface SharedRun {
  settings: Partial<v.InferInput<typeof TrainSettings>>;
  /** All weights in this type. */
  dtype?: mx.DType;
  validation?: false;
  /** Goes on in the folder of the run before. */
  resume?: boolean;
  /** Every process gets the rows of the first. */
  sameRows?: boolean;
}

export interface Outcome {
  losses: { kind: string; step: number; loss: number }[];
  arrays: Map<string, Float32Array>;
  files: string[];
}

/** What a run left in its folder. */
export function outcomeOf(path: string): Outcome {
  const losses = readMetrics(join(path, "metrics.jsonl")).map(({ kind, step, loss }) => ({ kind, step, loss }));
  const arrays = mx.tidy(
    () =>
      new Map(
        [...mx.loadSafetensors(join(path, "adapters.safetensors")).tensors].map(([name, x]) => [name, x.toFloat32()]),
      ),
  );
  return { losses, arrays, files: readdirSync(path).sort() };
}

/** The runs one after another in `world` processes. @param onStep is told of every process's own loss */
export async function trainedBy(
  world: number,
  runs: readonly SharedRun[],
  onStep: (rank: number, loss: number) => void = () => {},
): Promise<Outcome[]> {
  using folder = new TempFolder();
  let number = -1;
  const placed = runs.map((run) => ({
    ...run,
    adapterPath: join(folder.path, String(run.resume ? number : ++number)),
  }));
  await launchRanks({
    hosts: await parseHosts(String(world)),
    command: [process.execPath, join(import.meta.dir, "training-program.ts"), JSON.stringify(placed)],
    onLine: (rank, line) => onStep(rank, Number(JSON.parse(line).loss)),
  });
  return [...new Set(placed.map(({ adapterPath }) => adapterPath))].map(outcomeOf);
}

/** @param order of the rows of every batch, training and validation */
export async function trainedAlone(
  { settings, dtype, validation }: SharedRun,
  { objective, order }: { objective?: (logits: Logits) => Objective; order?: readonly number[] } = {},
): Promise<Outcome> {
  using folder = new TempFolder();
  const batch = (number: number) => (order ? pickRows(globalBatch(number), order) : globalBatch(number));
  await trainTiny({
    adapterPath: folder.path,
    settings,
    ...(dtype ? { dtype } : {}),
    ...(objective ? { objective } : {}),
    batch,
    validation: validation ?? (() => validationNumbers.map(batch)),
  });
  return outcomeOf(folder.path);
}

/** The same batches by one process, each in parts of fewer rows whose gradients it accumulates. */
export async function trainedInParts({ settings, dtype, validation }: SharedRun, parts: number): Promise<Outcome> {
  using folder = new TempFolder();
  const { iters = 1, stepsPerEval = iters } = settings;
  await trainTiny({
    adapterPath: folder.path,
    settings: {
      ...settings,
      iters: iters * parts,
      gradAccumulationSteps: parts,
      stepsPerReport: parts,
      stepsPerEval: stepsPerEval * parts,
    },
    ...(dtype ? { dtype } : {}),
    batch: (number) => rowsOf(globalBatch(Math.floor(number / parts)), number % parts, parts),
    validation: validation ?? (() => validationNumbers.map(globalBatch)),
  });
  const { losses, ...others } = outcomeOf(folder.path);
  return { ...others, losses: losses.map(({ kind, step, loss }) => ({ kind, step: Math.ceil(step / parts), loss })) };
}

/** For each report, the largest difference of a loss so far. */
export function driftOf(a: Outcome, b: Outcome): number[] {
  const places = ({ losses }: Outcome) => losses.map(({ kind, step }) => `${kind} ${step}`).join();
  if (places(a) !== places(b)) throw new Error(`one reports ${places(a)}, the other ${places(b)}`);
  let most = 0;
  return a.losses.map(({ loss }, i) => (most = Math.max(most, Math.abs(loss - b.losses[i]!.loss))));
}

/** The largest difference of a loss. */
export const gapOf = (a: Outcome, b: Outcome): number => driftOf(a, b).at(-1)!;

/** The length of the difference of two sets of arrays over that of the second. */
export function distance(a: ReadonlyMap<string, ArrayLike<number>>, b: ReadonlyMap<string, ArrayLike<number>>): number {
  if (a.size === 0 || a.size !== b.size) throw new Error(`one has ${a.size} arrays, the other ${b.size}`);
  let [difference, length] = [0, 0];
  for (const [name, x] of a) {
    const y = b.get(name);
    if (y?.length !== x.length) throw new Error(`${name} has ${x.length} numbers in one, ${y?.length} in the other`);
    for (let i = 0; i < x.length; i++) {
      difference += (x[i]! - y[i]!) ** 2;
      length += y[i]! ** 2;
    }
  }
  return Math.sqrt(difference / length);
}
