/** Names and shapes of the weights that decoders share, in the order in which mlx-lm defines its layers. */
import type { Shape } from "../../../mlx/index.ts";
import { type HeadConfig, headSize, keyHeads } from "./config.ts";

export type Shapes = Record<string, Shape>;

/** A linear layer of `out` rows and `into` features. */
export function dense(name: string, out: number, into: number, bias = false): Shapes {
  return { [`${name}.weight`]: [out, into], ...(bias ? { [`${name}.bias`]: [out] } : {}) };
}

/** Norms by their names, each a vector of `size` numbers. */
export function norms(size: number, ...names: string[]): Shapes {
  return Object.fromEntries(names.map((name) => [`${name}.weight`, [size]]));
}

/** Projections of queries, keys, values and output. */
export function projections(
  at: string,
  config: HeadConfig,
  bias: { inputs?: boolean; output?: boolean } = {},
  output = "o_proj",
): Shapes {
  const { hidden_size: hidden } = config;
  const queries = config.num_attention_heads * headSize(config);
  const keys = keyHeads(config) * headSize(config);
  return {
    ...dense(`${at}.q_proj`, queries, hidden, bias.inputs),
    ...dense(`${at}.k_proj`, keys, hidden, bias.inputs),
    ...dense(`${at}.v_proj`, keys, hidden, bias.inputs),
    ...dense(`${at}.${output}`, hidden, queries, bias.output),
  };
}

/** The layers of `gatedMlp`. */
export function gated(at: string, hidden: number, inner: number, bias = false): Shapes {
  return {
    ...dense(`${at}.gate_proj`, inner, hidden, bias),
    ...dense(`${at}.down_proj`, hidden, inner, bias),
    ...dense(`${at}.up_proj`, inner, hidden, bias),
  };
}

interface WholeConfig {
  vocab_size: number;
  hidden_size: number;
  num_hidden_layers: number;
}

/** The whole model: embedding, the shapes of each layer, the last norm, and a head unless it is tied. */
export function wholeModel(config: WholeConfig, tied: boolean, layer: (at: string, index: number) => Shapes): Shapes {
  const { vocab_size: vocabulary, hidden_size: hidden } = config;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => layer(`model.layers.${i}`, i));
  return Object.assign(
    dense("model.embed_tokens", vocabulary, hidden),
    ...layers,
    norms(hidden, "model.norm"),
    tied ? {} : dense("lm_head", vocabulary, hidden),
  );
}
