/** ModernBERT: rotary positions, gated dense steps, norms before each step, and most layers seeing a window only. */
import * as v from "valibot";
import { add, type MlxArray, multiply, split } from "../../mlx/index.ts";
import {
  activations,
  at,
  embedding,
  layerNorm,
  linear,
  multiHeadAttention,
  type Params,
  paddingMask,
  windowMask,
} from "../../mlx/nn/index.ts";
import { perConfig } from "../decoders/shared/config.ts";
import { type Rotate, rotation } from "../decoders/shared/rope.ts";
import type { EncoderInput, Weights } from "../model.ts";
import { activation, commonEntries, headsFit, size } from "./shared/config.ts";
import { renamed } from "./shared/rename.ts";
import { dense, layers, norm, type Shapes } from "./shared/shapes.ts";

const kinds = ["full_attention", "sliding_attention"] as const;
const flag = v.optional(v.boolean(), false);
const Rope = v.object({
  rope_type: v.optional(v.literal("default", "scaled rotary positions are not supported")),
  rope_theta: v.optional(v.number()),
});

export const Config = v.pipe(
  v.object({
    ...commonEntries,
    hidden_activation: activation("gelu"),
    norm_eps: v.optional(v.number(), 1e-5),
    norm_bias: flag,
    attention_bias: flag,
    mlp_bias: flag,
    classifier_bias: flag,
    local_attention: v.optional(size, 128),
    global_attn_every_n_layers: v.optional(size, 3),
    layer_types: v.nullish(v.array(v.picklist(kinds))),
    global_rope_theta: v.nullish(v.number()),
    local_rope_theta: v.nullish(v.number()),
    rope_parameters: v.nullish(v.object({ full_attention: v.optional(Rope), sliding_attention: v.optional(Rope) })),
  }),
  headsFit(),
  v.check(
    ({ layer_types: types, num_hidden_layers: count }) => !types || types.length === count,
    "layer_types does not name every layer",
  ),
);
export type Config = v.InferOutput<typeof Config>;

export function sanitize(weights: Weights): Weights {
  return renamed(weights, (name) => name.replace(/^model\./, ""), /^(embeddings|layers|final_norm)\./);
}

export function shapes(config: Config): Shapes {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const ownNorm = (name: string) => norm(name, hidden, config.norm_bias);
  return {
    ...dense("embeddings.tok_embeddings", config.vocab_size, hidden, false),
    ...ownNorm("embeddings.norm"),
    ...layers("layers", config.num_hidden_layers, (layer, index) => [
      index === 0 ? {} : ownNorm(`${layer}.attn_norm`),
      dense(`${layer}.attn.Wqkv`, 3 * hidden, hidden, config.attention_bias),
      dense(`${layer}.attn.Wo`, hidden, hidden, config.attention_bias),
      ownNorm(`${layer}.mlp_norm`),
      dense(`${layer}.mlp.Wi`, 2 * inner, hidden, config.mlp_bias),
      dense(`${layer}.mlp.Wo`, hidden, inner, config.mlp_bias),
    ]),
    ...ownNorm("final_norm"),
  };
}

/** What the layers of one kind share. */
interface Sight {
  rotate: (x: MlxArray) => MlxArray;
  mask: MlxArray | undefined;
}

const rotationsOf = perConfig((config: Config) => {
  const dims = config.hidden_size / config.num_attention_heads;
  const { rope_parameters: ropes } = config;
  return {
    full_attention: rotation({
      dims,
      base: ropes?.full_attention?.rope_theta ?? config.global_rope_theta ?? 160_000,
    }),
    sliding_attention: rotation({
      dims,
      base: ropes?.sliding_attention?.rope_theta ?? config.local_rope_theta ?? 10_000,
    }),
  };
});

export function forward(params: Params, config: Config, { ids, mask }: EncoderInput): MlxArray {
  const own = at(params, "embeddings");
  const { norm_eps: eps } = config;
  let x = layerNorm(embedding(ids, at(own, "tok_embeddings"), config.hidden_size), at(own, "norm"), eps);
  const padding = mask && paddingMask(mask, x.dtype);
  const length = ids.shape[1]!;
  const reach = Math.floor(config.local_attention / 2);
  const window = length > reach + 1 ? windowMask(length, reach, x.dtype) : undefined;
  const rotations = rotationsOf(config);
  const sights: Record<(typeof kinds)[number], Sight> = {
    full_attention: sight(rotations.full_attention, padding),
    sliding_attention: sight(
      rotations.sliding_attention,
      window && padding ? add(window, padding) : (window ?? padding),
    ),
  };
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const kind =
      config.layer_types?.[i] ?? (i % config.global_attn_every_n_layers === 0 ? "full_attention" : "sliding_attention");
    x = layer(at(params, `layers.${i}`), config, x, sights[kind], i === 0);
  }
  return layerNorm(x, at(params, "final_norm"), eps);
}

function sight(rotate: Rotate, mask: MlxArray | undefined): Sight {
  return { rotate: (x) => rotate(x, 0), mask };
}

function layer(params: Params, config: Config, x: MlxArray, sight: Sight, isFirst: boolean): MlxArray {
  const eps = config.norm_eps;
  const own = at(params, "attn");
  // The embeddings are normalised already.
  const input = isFirst ? x : layerNorm(x, at(params, "attn_norm"), eps);
  const [queries, keys, values] = split(linear(input, at(own, "Wqkv")), 3, -1) as [MlxArray, MlxArray, MlxArray];
  const attended = multiHeadAttention({ queries, keys, values, heads: config.num_attention_heads, ...sight });
  const y = add(x, linear(attended, at(own, "Wo")));
  const mlp = at(params, "mlp");
  const inner = linear(layerNorm(y, at(params, "mlp_norm"), eps), at(mlp, "Wi"));
  const [opened, gate] = split(inner, 2, -1) as [MlxArray, MlxArray];
  return add(y, linear(multiply(activations[config.hidden_activation](opened), gate), at(mlp, "Wo")));
}
