/** Where a run begins: with fresh arrays, with those of a file, or at a checkpoint. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError, UsageError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import type { KeySequence } from "../../mlx/nn/key-sequence.ts";
import { flattenParams, type Params, replaceParams } from "../../mlx/nn/params.ts";
import { type AdaptedModel, adapt } from "../../models/adapters/adapt.ts";
import type { Decoder } from "../../models/decoder.ts";
import type { LoadedDecoder } from "../../models/load-decoder.ts";
import { adapterSpec } from "../../train/adapter-config.ts";
import { type Checkpoint, readCheckpoint } from "../../train/checkpoint.ts";
import type { TrainSettings } from "../../train/config.ts";
import type { OnNote } from "./notes.ts";

/** The default number of layers suits large models; mlx-lm refuses it for smaller ones, so by its rules we do, too. */
export function withFewerLayers(
  { settings, onNote }: { settings: TrainSettings; onNote?: OnNote },
  { config }: Decoder,
): TrainSettings {
  const blocks = config.num_hidden_layers;
  if (settings.numLayers <= blocks || settings.compat === "mlx-lm") return settings;
  onNote?.(`The model has ${blocks} layers, fewer than ${settings.numLayers}: all are trained`);
  return { ...settings, numLayers: blocks };
}

/** The model's tree with what is trained in it, evaluated. Its arrays live until they are disposed of. */
export function startingParams(model: LoadedDecoder, settings: TrainSettings, keys: KeySequence): AdaptedModel {
  return mx.tidy(() => {
    const { params, trainable } = adapt(model.params, model.decoder.shapes(), adapterSpec(settings), keys);
    const begun = withFile(params, trainable, settings.resumeAdapterFile);
    const found = new Map(flattenParams(begun));
    mx.evaluate(...trainable.map((path) => found.get(path)!));
    return mx.keep({ params: begun, trainable });
  });
}

/** What a run cannot change on its way: its settings, and the contents of its files. */
export interface FixedParts extends Readonly<Record<string, unknown>> {
  /** SHA-256 by the name of a file in the folder of the data. */
  readonly contents: Readonly<Record<string, string>>;
}

/**
 * The newest checkpoint.
 *
 * @param data folder of the rows, for errors
 * @throws MdpError `resume-mismatch` when it is of a run with other settings, `other-data` for files that were changed
 */
export function matchingCheckpoint(adapterPath: string, fixed: FixedParts, data: string): Checkpoint {
  const checkpoint = readCheckpoint(adapterPath);
  const problem = mismatch(checkpoint, fixed, data);
  if (!problem) return checkpoint;
  mx.disposeAll(checkpoint.state);
  throw problem;
}

function mismatch({ progress, dir }: Checkpoint, now: FixedParts, data: string): MdpError | undefined {
  const then = progress.fixed;
  const differs = (key: string) => JSON.stringify(now[key]) !== JSON.stringify(then[key]);
  const setting = Object.keys(now).find((key) => key !== "contents" && differs(key));
  if (setting !== undefined) {
    const [before, after] = [then[setting], now[setting]].map((value) => JSON.stringify(value));
    return new MdpError({
      code: "resume-mismatch",
      message: `the checkpoint was made with ${setting} ${before}, now it is ${after}`,
      where: dir,
      hint: "give the same settings as before, or begin again without --resume",
    });
  }
  const before = (then.contents ?? {}) as FixedParts["contents"];
  const names = new Set([...Object.keys(before), ...Object.keys(now.contents)]);
  const changed = [...names].find((name) => before[name] !== now.contents[name]);
  if (changed === undefined) return undefined;
  const what = !now.contents[changed]
    ? "is gone, which was there"
    : before[changed]
      ? "is not the same as"
      : "is new, it was not there";
  return new MdpError({
    code: "other-data",
    message: `${changed} ${what} when the checkpoint was made`,
    where: join(data, changed),
    hint: "put the rows of that run there, or begin again without --resume",
  });
}

/** The tree with the weights of a file in place of those that it names, as mlx-lm's `resume_adapter_file`. */
function withFile(params: Params, trained: readonly string[], file: string | undefined): Params {
  if (file === undefined) return params;
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`, "name an adapters.safetensors");
  const own = new Map(flattenParams(params));
  const names = new Set(trained);
  const { tensors } = mx.loadSafetensors(file);
  for (const [name, array] of tensors) {
    if (names.has(name) && own.get(name)!.shape.join() === array.shape.join()) continue;
    throw new MdpError({
      code: "adapter-mismatch",
      message: `${name} with the shape [${array.shape}] fits nothing that is trained here`,
      where: file,
      hint: "train with the settings of that adapter: method, rank and number of layers",
    });
  }
  return replaceParams(params, tensors);
}
