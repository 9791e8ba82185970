/** The weights of a model's folder: one file or several of limited size, and the index of what lies where. */
import { join } from "node:path";
import { writeWhole } from "../../core/new-file.ts";
import * as mx from "../../mlx/index.ts";
import type { Weights } from "../model.ts";
import { plannedArray } from "./safetensors-file.ts";
import { type PlannedTensor, writeTensorFile } from "./tensor-file.ts";

/** mlx-lm's limit of a file. */
const MAX_SHARD_BYTES = 5 * 2 ** 30;

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
export function writeWeights(dir: string, weights: Weights, options: WriteWeightsOptions): Promise<WeightsReport> {
  const tensors = [...weights].map(([name, array]) => plannedArray(name, array));
  return writeTensors(dir, tensors, { ...options, afterFile: mx.clearCache });
}

/** The same for numbers that no array holds. */
export async function writeTensors(
  dir: string,
  tensors: readonly PlannedTensor[],
  options: WriteWeightsOptions & { afterFile?: () => void },
): Promise<WeightsReport> {
  const { maxShardBytes = MAX_SHARD_BYTES, parameters, onBytes, afterFile } = options;
  const bytes = tensors.reduce((total, tensor) => total + tensor.bytes, 0);
  const shards = shardsOf(tensors, maxShardBytes);
  const place: Record<string, string> = {};
  for (const [index, shard] of shards.entries()) {
    const file = fileName(index, shards.length);
    for (const { name } of shard) place[name] = file;
    await writeTensorFile(join(dir, file), shard, { metadata: { format: "mlx" }, onBytes });
    afterFile?.();
  }
  const index = {
    metadata: { total_size: bytes, total_parameters: parameters },
    weight_map: Object.fromEntries(Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  await writeWhole(join(dir, "model.safetensors.index.json"), JSON.stringify(index, undefined, 4));
  return { files: shards.length, bytes };
}

/** In order; a tensor above the limit is alone. */
function shardsOf(tensors: readonly PlannedTensor[], limit: number): PlannedTensor[][] {
  const shards: PlannedTensor[][] = [];
  let size = 0;
  for (const tensor of tensors) {
    if (shards.length === 0 || size + tensor.bytes > limit) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(tensor);
    size += tensor.bytes;
  }
  return shards;
}

function fileName(index: number, count: number): string {
  const digits = (n: number) => String(n).padStart(5, "0");
  return count === 1 ? "model.safetensors" : `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}
