/** What a decoder's file provides, and what it becomes once it is tied to one model's configuration. */
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import type { MlxArray, Shape } from "../mlx/index.ts";
import type { Params } from "../mlx/nn/params.ts";
import type { LayerCache } from "./cache/cache.ts";
import type { Weights } from "./model.ts";

export interface DecoderInput {
  /** Token ids, int32 `[batch, length]`. */
  ids: MlxArray;
  /** What earlier calls computed, one per layer; without them `ids` is the whole text. */
  caches?: readonly LayerCache[] | undefined;
  /** bool `[batch, 1, length, length]`, true where a token (row) sees another: in place of "all before", no caches. */
  mask?: MlxArray | undefined;
  /** The mask of layers with this window, in place of every other rule: for models that see both ways. */
  maskOf?: ((window: number | undefined) => MlxArray | undefined) | undefined;
  /** Runs one layer; training puts checkpoints here. By default the layer is just called. */
  runLayer?: RunLayer | undefined;
}

/** @param layer the layer as a pure function of its parameters and input */
export type RunLayer = (layer: (params: Params, x: MlxArray) => MlxArray, params: Params, x: MlxArray) => MlxArray;

/** The keys that every decoder's configuration has; Hugging Face's names. */
export interface DecoderConfig {
  hidden_size: number;
  num_hidden_layers: number;
  vocab_size: number;
}

/** The exports of `decoders/<model_type>.ts`; keys of `Config` are those of Hugging Face's `config.json`. */
export interface DecoderArchitecture<C extends DecoderConfig> {
  Config: v.GenericSchema<unknown, C>;
  /** Renames, drops, splits. What it drops, the caller frees. */
  sanitize(weights: Weights, config: C): Weights;
  /**
   * Every weight with its shape, in the order in which mlx-lm defines a block's layers: LoRA draws its random numbers
   * in the reverse order. Blocks are `model.layers.<i>`.
   */
  shapes(config: C): Record<string, Shape>;
  /** Hidden states `[batch, length, hidden_size]` after the last normalisation. */
  forward(params: Params, config: C, input: DecoderInput): MlxArray;
  /** Logits `[…, vocab_size]` of hidden states. */
  head(params: Params, config: C, hidden: MlxArray): MlxArray;
  /** Tokens that each layer sees back, itself counted; undefined where it sees all. Absent: all see all. */
  windows?(config: C): readonly (number | undefined)[];
}

/** An architecture with its configuration, without weights. */
export interface Decoder {
  readonly config: DecoderConfig;
  /** Per layer, as `DecoderArchitecture.windows`. */
  readonly windows: readonly (number | undefined)[];
  sanitize(weights: Weights): Weights;
  shapes(): Record<string, Shape>;
  forward(params: Params, input: DecoderInput): MlxArray;
  head(params: Params, hidden: MlxArray): MlxArray;
}

/** Reads a model's configuration; `where` names its file in errors. */
export type DecoderFactory = (config: unknown, where: string) => Decoder;

export function decoderFactory<C extends DecoderConfig>(architecture: DecoderArchitecture<C>): DecoderFactory {
  return (json, where) => {
    const parsed = v.safeParse(architecture.Config, json);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      throw new MdpError({
        code: "model-unsupported",
        message: `this model's configuration is not supported (${v.getDotPath(issue) ?? "file"}: ${issue.message})`,
        where,
        hint: "use another model",
      });
    }
    const config = parsed.output;
    return {
      config,
      windows: architecture.windows?.(config) ?? new Array(config.num_hidden_layers).fill(undefined),
      sanitize: (weights) => architecture.sanitize(weights, config),
      shapes: () => architecture.shapes(config),
      forward: (params, input) => architecture.forward(params, config, input),
      head: (params, hidden) => architecture.head(params, config, hidden),
    };
  };
}
