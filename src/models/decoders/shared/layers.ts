/** The way from token ids through a decoder's layers to logits, which is the same in all of them. */
import * as mx from "../../../mlx/index.ts";
import { at, embedding, linear, type Params, rmsNorm } from "../../../mlx/nn/index.ts";
import type { LayerCache, Mask } from "../../cache/cache.ts";
import { causalMask } from "../../cache/masks.ts";
import type { DecoderInput, RunLayer } from "../../decoder.ts";
import type { LayerContext } from "./attention.ts";

export type Layer = (params: Params, x: mx.MlxArray, context: LayerContext) => mx.MlxArray;

const justCall: RunLayer = (layer, params, x) => layer(params, x);

/**
 * `x` `[batch, length, hidden_size]` through the layers `params.layers.<i>`, one after another.
 * @param windows per layer, the tokens that it sees back, itself counted
 */
export function runLayers(
  params: Params,
  x: mx.MlxArray,
  input: DecoderInput,
  windows: readonly (number | undefined)[],
  layer: Layer,
): mx.MlxArray {
  const { caches, runLayer = justCall } = input;
  const maskOf = input.runLayer ? ownMask(input) : sharedMask(input);
  const layers = at(params, "layers");
  return windows.reduce((h: mx.MlxArray, window, index) => {
    const cache = caches?.[index];
    const run = (own: Params, y: mx.MlxArray) => layer(own, y, { index, cache, mask: maskOf(cache, window) });
    return runLayer(run, at(layers, String(index)), h);
  }, x);
}

type MaskOf = (cache: LayerCache | undefined, window: number | undefined) => Mask;

/** Made inside each layer: a layer may be called a second time, when what its first call made is gone. */
const ownMask =
  (input: DecoderInput): MaskOf =>
  (cache, window) =>
    maskFor(input, cache, window);

/** Layers that see equally far share a mask, taken from the first of them before it changes its cache. */
function sharedMask(input: DecoderInput): MaskOf {
  const masks = new Map<number | undefined, Mask>();
  return (cache, window) => {
    if (!masks.has(window)) masks.set(window, maskFor(input, cache, window));
    return masks.get(window);
  };
}

/** The mask of layers that see `window` tokens back (all, when undefined), for this input. */
export function maskFor(input: DecoderInput, cache: LayerCache | undefined, window?: number): Mask {
  if (input.maskOf) return input.maskOf(window);
  const length = input.ids.shape[1]!;
  const narrow = window !== undefined && length > window;
  if (input.mask) return narrow ? mx.logicalAnd(input.mask, causalMask(length, 0, window)) : input.mask;
  if (cache) return cache.mask(length, window);
  if (narrow) return causalMask(length, 0, window);
  return length === 1 ? undefined : "causal";
}

interface PlainConfig {
  hidden_size: number;
  rms_norm_eps: number;
}

/** Hidden states by embedding, layers and last norm, where nothing lies between them. */
export function plainForward(
  params: Params,
  config: PlainConfig,
  input: DecoderInput,
  windows: readonly (number | undefined)[],
  layer: Layer,
): mx.MlxArray {
  const model = at(params, "model");
  const x = embedding(input.ids, at(model, "embed_tokens"), config.hidden_size);
  return rmsNorm(runLayers(model, x, input, windows, layer), at(model, "norm"), config.rms_norm_eps);
}

/** h = x + attend(norm(x)), then h + feed(norm(h)). */
export function plainBlock(
  params: Params,
  x: mx.MlxArray,
  eps: number,
  attend: (x: mx.MlxArray, params: Params) => mx.MlxArray,
  feed: (x: mx.MlxArray, params: Params) => mx.MlxArray,
  [feedName, norm]: readonly [string, typeof rmsNorm] = ["mlp", rmsNorm],
): mx.MlxArray {
  const h = mx.add(x, attend(norm(x, at(params, "input_layernorm"), eps), at(params, "self_attn")));
  return mx.add(h, feed(norm(h, at(params, "post_attention_layernorm"), eps), at(params, feedName)));
}

/** Every layer sees all that came before. */
export function noWindows(config: { num_hidden_layers: number }): undefined[] {
  return new Array(config.num_hidden_layers).fill(undefined);
}

/** Logits by `lm_head`, or by the embedding where the two are tied. */
export function logitsOf(params: Params, tied: boolean, hidden: mx.MlxArray): mx.MlxArray {
  return linear(hidden, at(params, tied ? "model.embed_tokens" : "lm_head"));
}
