/** Writes a whole model's folder as mlx-lm does, tensor by tensor. */
import { join } from "node:path";
import { InterruptedError } from "../../core/errors.ts";
import { writeWhole } from "../../core/new-file.ts";
import * as mx from "../../mlx/index.ts";
import type { Weights } from "../model.ts";
import { copyCompanions, writeCard } from "./companions.ts";
import { configText, type JsonObject } from "./config-json.ts";
import { makeModelFolder } from "./new-folder.ts";
import type { Source } from "./source.ts";
import { writeWeights } from "./write-weights.ts";

export interface SaveOptions {
  out: string;
  /** How the user called the model. */
  name: string;
  overwrite?: boolean | undefined;
  maxShardBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: SaveProgress) => void) | undefined;
}

export interface SaveProgress {
  bytes: number;
  total: number;
}

export interface SaveReport {
  out: string;
  modelType: string;
  /** Numbers of the model, packed ones counted one by one. */
  parameters: number;
  bitsPerWeight: number;
  /** Of the weights. */
  bytes: number;
  files: number;
}

/** @param weights computations that are run one by one; this function frees them @throws InterruptedError */
export async function saveModel(
  source: Source,
  weights: Weights,
  config: JsonObject,
  options: SaveOptions,
): Promise<SaveReport> {
  const { out, name, overwrite, maxShardBytes, signal, onProgress } = options;
  const parameters = parametersOf(source);
  const total = [...weights.values()].reduce((bytes, array) => bytes + array.nbytes, 0);
  let written = 0;
  const onBytes = (bytes: number) => {
    if (signal?.aborted) throw new InterruptedError("nothing was written");
    written += bytes;
    onProgress?.({ bytes: written, total });
  };
  try {
    const { bytes, files } = await makeModelFolder(out, { overwrite, source: source.dir }, async (dir) => {
      await copyCompanions(source.dir, dir);
      await writeCard(source.dir, dir, name);
      await writeWhole(join(dir, "config.json"), configText(config));
      return await writeWeights(dir, weights, { maxShardBytes, parameters, onBytes });
    });
    return { out, modelType: source.modelType, parameters, bitsPerWeight: (bytes * 8) / parameters, bytes, files };
  } finally {
    mx.disposeAll(weights);
  }
}

/** By the configuration's shapes. */
export function parametersOf({ decoder }: Pick<Source, "decoder">): number {
  return Object.values(decoder.shapes()).reduce((sum, shape) => sum + shape.reduce((size, n) => size * n, 1), 0);
}
