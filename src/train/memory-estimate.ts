/** What a run will need of memory, roughly, and which setting would make it fit. */
import type { TrainSettings } from "./config.ts";

/** Sizes of a model, under Hugging Face's names; what it lacks is guessed from the rest. */
export interface ModelSizes {
  hidden_size: number;
  num_hidden_layers: number;
  vocab_size: number;
  intermediate_size?: number | undefined;
  num_attention_heads?: number | undefined;
}

/** Bytes that are exact, before the first step. */
export interface HeldBytes {
  /** The model's weights. */
  weights: number;
  /** What is trained; its gradients are as large. */
  trained: number;
  optimizer: number;
}

export interface MemoryEstimate extends HeldBytes {
  gradients: number;
  /** Values kept for the backward pass, for a batch of the longest rows. */
  activations: number;
  total: number;
}

export interface BatchShape
  extends Pick<TrainSettings, "batchSize" | "maxSeqLength" | "gradCheckpoint" | "gradAccumulationSteps"> {
  /** Every row has `maxSeqLength` tokens, and none can be cut: rows of packed shards. */
  fixedLength?: boolean;
}

/** @param itemBytes of one number inside the model: 4 for float32, 2 for half precision */
export function estimateMemory(
  held: HeldBytes,
  sizes: ModelSizes,
  shape: BatchShape,
  itemBytes: number,
): MemoryEstimate {
  const { hidden_size: hidden, num_hidden_layers: layers, vocab_size: vocabulary } = sizes;
  const inner = sizes.intermediate_size ?? 4 * hidden;
  const heads = sizes.num_attention_heads ?? 1;
  const tokens = shape.batchSize * shape.maxSeqLength;
  // Of a layer: nine arrays as wide as the model, four as wide as its inner part, and the scores of the attention
  // before and after softmax, which its backward pass writes out.
  const layer = (9 * hidden + 4 * inner + 2 * heads * shape.maxSeqLength) * itemBytes;
  const kept = shape.gradCheckpoint ? layers * hidden * itemBytes + layer : layers * layer;
  // Logits, their shifted copy, and the gradient.
  const logits = 3 * vocabulary * itemBytes;
  const activations = tokens * (kept + logits);
  const gradients = held.trained * (shape.gradAccumulationSteps > 1 ? 2 : 1);
  const total = held.weights + held.trained + held.optimizer + gradients + activations;
  return { ...held, gradients, activations, total };
}

/** The first change of settings that brings the estimate under `limit`, as flags; undefined when none does. */
export function fittingSettings(
  held: HeldBytes,
  sizes: ModelSizes,
  shape: BatchShape,
  itemBytes: number,
  limit: number,
): string | undefined {
  let tried = { ...shape };
  const fits = () => estimateMemory(held, sizes, tried, itemBytes).total <= limit;
  const flags = () => {
    const accumulated = shape.batchSize / tried.batchSize;
    return [
      tried.gradCheckpoint && !shape.gradCheckpoint ? "--grad-checkpoint" : "",
      accumulated > 1 ? `--batch-size ${tried.batchSize} --grad-accumulation-steps ${tried.gradAccumulationSteps}` : "",
      tried.maxSeqLength < shape.maxSeqLength ? `--max-seq-length ${tried.maxSeqLength}` : "",
    ]
      .filter(Boolean)
      .join(" ");
  };
  tried = { ...tried, gradCheckpoint: true };
  while (!fits()) {
    if (tried.batchSize % 2 === 0) {
      const { batchSize, gradAccumulationSteps } = tried;
      tried = { ...tried, batchSize: batchSize / 2, gradAccumulationSteps: gradAccumulationSteps * 2 };
    } else if (tried.maxSeqLength >= 256 && !shape.fixedLength)
      tried = { ...tried, maxSeqLength: tried.maxSeqLength / 2 };
    else return undefined;
  }
  return flags();
}
