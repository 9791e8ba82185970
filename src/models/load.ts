/** Weights of an encoder, checked against its configuration and held in memory. */
import { MdpError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import {
  activations,
  at,
  linear,
  normalizeRows,
  type Params,
  pool,
  unflattenParams,
  widened,
} from "../mlx/nn/index.ts";
import { checkedWeights } from "./decoder-weights.ts";
import type { ModelFolder } from "./folder.ts";
import { loadArchitecture } from "./index.ts";
import { readAll } from "./load-decoder.ts";
import type { Encoder, EncoderInput, Weights } from "./model.ts";
import type { DenseActivation, DenseModule } from "./sentence-modules.ts";

/**
 * How weights are held: floats of a type, or packed by so many bits. Packed ones are computed in float32, floats in their
 * type; on the CPU, which knows float32 alone well, in that, too.
 */
export type WeightType = "float32" | "float16" | "bfloat16" | "8bit" | "4bit";

export interface LoadedEncoder extends Disposable {
  /** Hidden states `[batch, length, width]`; not computed yet. */
  forward(input: EncoderInput): mx.MlxArray;
  /**
   * Vectors `[batch, dimension]`, float32; not computed yet. `present` is 1 for tokens that count; the first `skip`
   * tokens are a prompt that does not.
   */
  vectors(input: EncoderInput, present: mx.MlxArray, skip?: number): mx.MlxArray;
}

export interface LoadOptions {
  /** float32 by default. */
  dtype?: WeightType;
  /** Numbers of a vector that are kept; all by default. */
  dimension?: number | undefined;
}

export async function loadEncoder(folder: ModelFolder, options: LoadOptions = {}): Promise<LoadedEncoder> {
  const factory = await loadArchitecture(folder.modelType, folder.configPath);
  const encoder = factory(folder.config, folder.configPath);
  const params = loadParams(encoder, folder.weightFiles, options.dtype);
  const dense = loadDense(folder.dense, options.dtype, () => mx.disposeAll(params));
  const { pooling, normalize } = folder;
  return {
    forward: (input) => encoder.forward(params, input),
    vectors: (input, present, skip) => {
      const firstOnly = pooling === "cls" && !skip;
      const hidden = mx.astype(encoder.forward(params, { ...input, firstOnly }), "float32");
      let vectors = pool(hidden, present, pooling, skip);
      for (const step of dense) vectors = applyDense(vectors, step.params, step.activation);
      if (options.dimension !== undefined) vectors = mx.slice(vectors, [null, [0, options.dimension]]);
      return normalize ? normalizeRows(vectors) : vectors;
    },
    [Symbol.dispose]: () => {
      mx.disposeAll(params);
      for (const step of dense) mx.disposeAll(step.params);
    },
  };
}

/**
 * Weights from safetensors files, each with the shape that the configuration asks for, as `type`. Layers that the files
 * hold quantized stay so.
 */
export function loadParams(
  model: Pick<Encoder, "sanitize" | "shapes">,
  files: readonly string[],
  type: WeightType = "float32",
): Params {
  const [where] = files as [string];
  return mx.keep(
    mx.tidy(() => {
      const wanted = model.shapes();
      const weights = checkedWeights(known(model.sanitize(readAll(files)), wanted), wanted, where);
      const isOnCpu = mx.defaultDevice() === "cpu";
      const kept = typed(weights, type, where, isOnCpu);
      mx.evaluate(...kept.values());
      const params = unflattenParams(kept);
      return isOnCpu ? widened(params) : params;
    }),
  );
}

/** Files hold more than is read: heads, poolers. */
function known(weights: Weights, wanted: Readonly<Record<string, mx.Shape>>): Weights {
  const plain = (name: string) => name.replace(/\.(scales|biases)$/, ".weight");
  return new Map([...weights].filter(([name]) => name in wanted || plain(name) in wanted));
}

/** Tables of few rows: packed they would save nothing. */
const SMALL = /(position_embeddings|token_type_embeddings|relative_attention_bias)\.weight$/;

function typed(weights: Weights, type: WeightType, where: string, isOnCpu: boolean): Weights {
  const isFloat = type !== "8bit" && type !== "4bit";
  const kept: Weights = new Map();
  for (const [name, weight] of weights) {
    if (weight.dtype === "uint32" || weight.dtype === "uint8") {
      if (!isFloat) throw packedAlready(type, where);
      kept.set(name, weight);
      continue;
    }
    const isNarrow = isFloat && (weight.ndim === 2 || !isOnCpu);
    const float = mx.astype(weight, isNarrow ? type : "float32", mx.cpuStream());
    const width = weight.shape.at(-1)!;
    if (isFloat || weight.ndim !== 2 || width % 32 !== 0 || SMALL.test(name)) {
      kept.set(name, float);
      continue;
    }
    const groupSize = width % 64 === 0 ? 64 : 32;
    const packed = mx.quantize(float, { bits: type === "8bit" ? 8 : 4, groupSize });
    const base = name.slice(0, -"weight".length);
    kept.set(name, packed.weight).set(`${base}scales`, packed.scales).set(`${base}biases`, packed.biases!);
  }
  return kept;
}

function packedAlready(type: WeightType, where: string): MdpError {
  return new MdpError({
    code: "model-packed",
    message: `the weights are quantized already, and cannot become ${type}`,
    where,
    hint: "leave the type out, or take the model's original weights",
  });
}

interface DenseStep {
  params: Params;
  activation: DenseActivation;
}

function loadDense(modules: readonly DenseModule[], type: WeightType | undefined, undo: () => void): DenseStep[] {
  const loaded: DenseStep[] = [];
  try {
    for (const { weightsPath, inputs, outputs, bias, activation } of modules) {
      const shapes = { "linear.weight": [outputs, inputs], ...(bias ? { "linear.bias": [outputs] } : {}) };
      // They follow the pooling, which is in float32.
      const held = type === "8bit" || type === "4bit" ? type : "float32";
      const params = loadParams({ sanitize: (weights) => weights, shapes: () => shapes }, [weightsPath], held);
      loaded.push({ params, activation });
    }
  } catch (error) {
    undo();
    for (const step of loaded) mx.disposeAll(step.params);
    throw error;
  }
  return loaded;
}

function applyDense(x: mx.MlxArray, params: Params, activation: DenseActivation): mx.MlxArray {
  const y = linear(x, at(params, "linear"));
  switch (activation) {
    case "tanh":
      return mx.tanh(y);
    case "sigmoid":
      return mx.sigmoid(y);
    case "identity":
      return y;
    default:
      return activations[activation](y);
  }
}
