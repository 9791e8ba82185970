/** Checkpoints of a run: all that is needed to go on as if nothing had happened. Each is complete or not there. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError, messageOf } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import type { StepState } from "./step.ts";

/** Where a run stands, apart from its arrays. */
const Progress = v.object({
  version: v.literal(1),
  /** Batches trained on. */
  step: v.number(),
  /** Updates of the optimizer. */
  updates: v.number(),
  /** Of the source of batches. */
  data: v.record(v.string(), v.unknown()),
  /** Since the last report. */
  pending: v.object({ loss: v.number(), weight: v.number(), steps: v.number() }),
  /** Weights of the batches whose gradients wait for the next update. */
  accumulated: v.number(),
  trainedTokens: v.number(),
  best: v.nullable(v.object({ loss: v.number(), step: v.number() })),
  /** Validations since the best one. */
  worse: v.number(),
  /** Whether the validation that is due at this step was made. */
  validated: v.boolean(),
  metricsBytes: v.number(),
  /** Settings that a run cannot change on its way, by name. */
  fixed: v.record(v.string(), v.unknown()),
});
export type Progress = v.InferOutput<typeof Progress>;

export interface Checkpoint {
  dir: string;
  progress: Progress;
  state: StepState;
}

const folder = "checkpoints";
const partial = ".partial";

/**
 * Writes `checkpoints/<step>/` in the adapter's folder under another name, waits for the disk, renames it, and only
 * then removes those before.
 */
export function writeCheckpoint(adapterPath: string, progress: Progress, state: StepState): string {
  const root = join(adapterPath, folder);
  const dir = join(root, String(progress.step).padStart(7, "0"));
  const temporary = join(root, partial);
  try {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    mx.saveSafetensors(join(temporary, "state.safetensors"), namedState(state));
    writeFileSync(join(temporary, "progress.json"), JSON.stringify(progress));
    for (const name of ["state.safetensors", "progress.json", "."]) sync(join(temporary, name));
    rmSync(dir, { recursive: true, force: true });
    renameSync(temporary, dir);
    sync(root);
    for (const name of readdirSync(root)) {
      if (join(root, name) !== dir) rmSync(join(root, name), { recursive: true, force: true });
    }
    return dir;
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true });
    throw new MdpError({
      code: "checkpoint-unwritable",
      message: `the checkpoint of step ${progress.step} could not be written (${messageOf(cause)})`,
      where: dir,
      hint: "make room there, then go on from the checkpoint before with --resume",
      cause,
    });
  }
}

/** The newest checkpoint in an adapter's folder. @throws MdpError `no-checkpoint` */
export function readCheckpoint(adapterPath: string): Checkpoint {
  const newest = newestCheckpoint(adapterPath);
  if (newest === undefined) {
    throw new MdpError({
      code: "no-checkpoint",
      message: "there is no checkpoint to go on from",
      where: join(adapterPath, folder),
      hint: "leave out --resume to begin, or name the folder of the run with --adapter-path",
    });
  }
  return openCheckpoint(newest.dir);
}

/**
 * Hides the checkpoints of an earlier run from `--resume`, which would else go on from them where this run ended before
 * its first. They stay until then, under another name.
 */
export function setCheckpointsAside(adapterPath: string): void {
  const root = join(adapterPath, folder);
  for (const name of checkpointNames(root)) {
    const aside = join(root, `.earlier-${name}`);
    rmSync(aside, { recursive: true, force: true });
    renameSync(join(root, name), aside);
  }
}

function checkpointNames(root: string): string[] {
  return existsSync(root) ? readdirSync(root).filter((name) => /^\d+$/.test(name)) : [];
}

/** Where the newest checkpoint of an adapter's folder lies; undefined when there is none. */
export function newestCheckpoint(adapterPath: string): { dir: string; step: number } | undefined {
  const root = join(adapterPath, folder);
  const newest = checkpointNames(root)
    .sort((a, b) => Number(a) - Number(b))
    .at(-1);
  return newest === undefined ? undefined : { dir: join(root, newest), step: Number(newest) };
}

function openCheckpoint(dir: string): Checkpoint {
  try {
    const progress = v.parse(Progress, JSON.parse(readFileSync(join(dir, "progress.json"), "utf8")));
    const { tensors } = mx.loadSafetensors(join(dir, "state.safetensors"));
    mx.evaluate(...tensors.values());
    const part = (prefix: string) =>
      new Map(
        [...tensors].flatMap(([name, array]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [])),
      );
    const key = tensors.get("key");
    if (!key) throw new Error("it has no random key");
    const state = {
      parameters: part("parameters."),
      optimizer: part("optimizer."),
      gradients: part("gradients."),
      key,
      updates: progress.updates,
    };
    return { dir, progress, state };
  } catch (cause) {
    throw new MdpError({
      code: "bad-checkpoint",
      message: `the checkpoint cannot be read (${messageOf(cause)})`,
      where: dir,
      hint: "remove this folder and begin again without --resume",
      cause,
    });
  }
}

function* namedState({ parameters, optimizer, gradients, key }: StepState): Iterable<readonly [string, mx.MlxArray]> {
  for (const [path, array] of parameters) yield [`parameters.${path}`, array];
  for (const [path, array] of optimizer) yield [`optimizer.${path}`, array];
  for (const [path, array] of gradients) yield [`gradients.${path}`, array];
  yield ["key", key];
}

/** Waits until a file, or a folder's list of names, is on the disk. */
function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
