/** The weights of a model's folder: one file or several of limited size, and the index of what lies where. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MlxArray } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";
import type { Weights } from "../model.ts";
import { writeSafetensors } from "./safetensors-file.ts";

/** mlx-lm's limit of a file. */
export const MAX_SHARD_BYTES = 5 * 2 ** 30;

export interface WeightsReport {
  files: number;
  /** Of all tensors. */
  bytes: number;
}

export interface WriteWeightsOptions {
  maxShardBytes?: number | undefined;
  /** Numbers of the model, packed ones counted one by one. */
  parameters: number;
  onBytes?: (bytes: number) => void;
}

/** Writes and frees `weights`, which may be computations not yet run. */
export async function writeWeights(
  dir: string,
  weights: Weights,
  options: WriteWeightsOptions,
): Promise<WeightsReport> {
  const { maxShardBytes = MAX_SHARD_BYTES, parameters, onBytes } = options;
  const bytes = sum([...weights.values()].map((array) => array.nbytes));
  const shards = shardsOf(weights, maxShardBytes);
  const place: Record<string, string> = {};
  for (const [index, shard] of shards.entries()) {
    const name = fileName(index, shards.length);
    for (const [tensor] of shard) place[tensor] = name;
    await writeSafetensors(join(dir, name), shard, { metadata: { format: "mlx" }, ...(onBytes ? { onBytes } : {}) });
    mx.clearCache();
  }
  const index = {
    metadata: { total_size: bytes, total_parameters: parameters },
    weight_map: Object.fromEntries(Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  await writeFile(join(dir, "model.safetensors.index.json"), JSON.stringify(index, undefined, 4));
  return { files: shards.length, bytes };
}

/** In order; a tensor above the limit is alone. */
function shardsOf(weights: Weights, limit: number): [string, MlxArray][][] {
  const shards: [string, MlxArray][][] = [];
  let size = 0;
  for (const entry of weights) {
    const { nbytes } = entry[1];
    if (shards.length === 0 || size + nbytes > limit) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(entry);
    size += nbytes;
  }
  return shards;
}

function fileName(index: number, count: number): string {
  const digits = (n: number) => String(n).padStart(5, "0");
  return count === 1 ? "model.safetensors" : `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
