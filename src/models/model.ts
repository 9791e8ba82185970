/** What an architecture file provides, and what it becomes once it is tied to one model's configuration. */
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import type { MlxArray, Shape } from "../mlx/index.ts";
import type { Params } from "../mlx/nn/params.ts";

/** Weights by their names in the file. */
export type Weights = Map<string, MlxArray>;

export interface EncoderInput {
  /** Token ids, int32 `[batch, length]`. */
  ids: MlxArray;
  /** float32 `[batch, length]`, 1 for tokens and 0 for padding; undefined when there is no padding. */
  mask: MlxArray | undefined;
  /** Segment of each token, int32 `[batch, length]`; undefined when all are of the first. */
  types?: MlxArray | undefined;
  /** Only the first token's hidden states are needed; an encoder may leave out the others. */
  firstOnly?: boolean | undefined;
}

/** The exports of `encoders/<model_type>.ts`; keys of `Config` are those of Hugging Face's `config.json`. */
export interface EncoderArchitecture<C extends EncoderConfig> {
  Config: v.GenericSchema<unknown, C>;
  /** Renames and drops only. What it drops, the caller frees. */
  sanitize(weights: Weights): Weights;
  /** Every weight that `forward` reads, with its shape. */
  shapes(config: C): Record<string, Shape>;
  /** Hidden states `[batch, length, hidden_size]`, or of the first token alone where no other is needed. */
  forward(params: Params, config: C, input: EncoderInput): MlxArray;
}

/** The keys that every encoder's configuration has. */
export interface EncoderConfig {
  hidden_size: number;
  max_position_embeddings: number;
}

/** An architecture with its configuration, without weights. */
export interface Encoder {
  readonly config: EncoderConfig;
  sanitize(weights: Weights): Weights;
  shapes(): Record<string, Shape>;
  forward(params: Params, input: EncoderInput): MlxArray;
}

/** Reads a model's configuration; `where` names its file in errors. */
export type EncoderFactory = (config: unknown, where: string) => Encoder;

export function encoderFactory<C extends EncoderConfig>(architecture: EncoderArchitecture<C>): EncoderFactory {
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
      sanitize: architecture.sanitize,
      shapes: () => architecture.shapes(config),
      forward: (params, input) => architecture.forward(params, config, input),
    };
  };
}
