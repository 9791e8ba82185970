/** Says what a run will need before it starts, and what would make it fit. */
import { totalmem } from "node:os";
import * as v from "valibot";
import * as mx from "../../mlx/index.ts";
import { flattenParams, type Params } from "../../mlx/nn/params.ts";
import type { Optimizer } from "../../mlx/optim/index.ts";
import type { LoadedDecoder } from "../../models/load-decoder.ts";
import { type BatchShape, estimateMemory, fittingSettings, type HeldBytes } from "../../train/memory-estimate.ts";

const size = v.optional(v.number());
const Sizes = v.object({
  hidden_size: v.number(),
  num_hidden_layers: v.number(),
  vocab_size: v.number(),
  intermediate_size: size,
  num_attention_heads: size,
});

/** One sentence about the memory of a run; a second one with a way out where it exceeds this machine's. */
export function memoryNotes(
  model: LoadedDecoder,
  params: Params,
  trained: readonly string[],
  optimizer: Optimizer,
  batch: BatchShape,
): string[] {
  const arrays = new Map(flattenParams(params));
  const held = heldBytes(arrays, trained, optimizer);
  const sizes = v.parse(Sizes, { ...model.config, ...model.decoder.config });
  const { dtype } = [...arrays].find(([path]) => path.endsWith("norm.weight"))?.[1] ?? [...arrays.values()][0]!;
  const itemBytes = mx.itemSize(dtype);
  const estimate = estimateMemory(held, sizes, batch, itemBytes);
  const limit = machineMemory();
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`;
  const shape = `${batch.batchSize} rows of ${batch.maxSeqLength} tokens`;
  const note =
    `Memory, estimated for ${shape}: ${gigabytes(estimate.total)} ` +
    `(weights ${gigabytes(held.weights)}, trained with gradients and optimizer ` +
    `${gigabytes(held.trained + estimate.gradients + held.optimizer)}, inner values ${gigabytes(estimate.activations)})`;
  if (estimate.total <= limit) return [note];
  const flags = fittingSettings(held, sizes, batch, itemBytes, limit);
  const way = flags
    ? `${flags} would fit`
    : "no setting of the batch would make it fit: take a smaller or quantized model";
  return [note, `This machine has ${gigabytes(limit)}; ${way}`];
}

function heldBytes(
  arrays: ReadonlyMap<string, mx.MlxArray>,
  trained: readonly string[],
  optimizer: Optimizer,
): HeldBytes {
  const own = new Map(trained.map((path) => [path, arrays.get(path)!]));
  const bytesOf = (some: Iterable<mx.MlxArray>) => [...some].reduce((sum, array) => sum + array.nbytes, 0);
  const all = bytesOf(arrays.values());
  const trainedBytes = bytesOf(own.values());
  return {
    weights: all - trainedBytes,
    trained: trainedBytes,
    // Described, not computed: nothing is allocated for it.
    optimizer: mx.tidy(() => bytesOf(optimizer.init(own).values())),
  };
}

/** Bytes that arrays may take: the GPU's where MLX runs there. */
function machineMemory(): number {
  if (mx.defaultDevice() === "cpu") return totalmem();
  const info = mx.deviceInfo();
  const bytes = Number(info.max_recommended_working_set_size ?? info.memory_size ?? info.total_memory);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : totalmem();
}
