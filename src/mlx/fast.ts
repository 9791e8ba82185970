/** MLX's fused kernels. */
import type { Slot } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import { packOptionalFloat } from "../../ffi/types.ts";
import { arrayFrom, type MlxArray } from "./array.ts";
import { type Stream, streamHandle } from "./device.ts";
import { c } from "./runtime.ts";

/** Normalised over the last axis to mean 0 and variance 1, then scaled and shifted. */
export function layerNorm(
  x: MlxArray,
  weight: MlxArray | null,
  bias: MlxArray | null,
  eps: number,
  stream?: Stream,
): MlxArray {
  return arrayFrom("fast_layer_norm", (slot) =>
    c().mlx_fast_layer_norm(slot, x.handle, weight?.handle ?? null, bias?.handle ?? null, eps, streamHandle(stream)),
  );
}

/** Divided by the root mean square over the last axis, then scaled. */
export function rmsNorm(x: MlxArray, weight: MlxArray | null, eps: number, stream?: Stream): MlxArray {
  return arrayFrom("fast_rms_norm", (slot) =>
    c().mlx_fast_rms_norm(slot, x.handle, weight?.handle ?? null, eps, streamHandle(stream)),
  );
}

export interface RopeOptions {
  /** How many of the last axis's elements are rotated. */
  dims: number;
  /** Pairs are neighbours; otherwise they lie half the dimensions apart. */
  traditional?: boolean;
  /** Base of the angles; exactly one of `base` and `freqs` is given. */
  base?: number;
  freqs?: MlxArray;
  scale?: number;
  /** Position of the first token: a number, or an array to keep it out of a compiled graph. */
  offset?: number | MlxArray;
}

/** Rotary position encoding of `[…, length, dims]`. */
export function rope(x: MlxArray, options: RopeOptions, stream?: Stream): MlxArray {
  const { dims, traditional = false, freqs, scale = 1, offset = 0 } = options;
  const base = packOptionalFloat(options.base);
  const rotated = (slot: Slot) => {
    const frequencies = freqs?.handle ?? null;
    const s = streamHandle(stream);
    return typeof offset === "number"
      ? c().mlx_fast_rope(slot, x.handle, dims, traditional, base, scale, offset, frequencies, s)
      : c().mlx_fast_rope_dynamic(slot, x.handle, dims, traditional, base, scale, offset.handle, frequencies, s);
  };
  return arrayFrom("fast_rope", rotated, x.knownShape);
}

export interface AttentionOptions {
  /** What the scores are multiplied by: usually 1 / √(head size). */
  scale: number;
  /** `causal`, or an array that broadcasts to `[batch, heads, queries, keys]`: bool (true = seen) or added to scores. */
  mask?: "causal" | MlxArray;
  /** One logit per head that takes part in the softmax and adds nothing. */
  sinks?: MlxArray;
}

/** softmax(scale·q kᵀ + mask) v over `[batch, heads, length, size]`; fewer key heads are shared by groups of queries. */
export function scaledDotProductAttention(
  queries: MlxArray,
  keys: MlxArray,
  values: MlxArray,
  options: AttentionOptions,
  stream?: Stream,
): MlxArray {
  const { scale, mask, sinks } = options;
  // MLX divides by the number of key heads unseen.
  if (keys.size === 0 && keys.shape.at(-3) === 0)
    throw new MlxError("fast_scaled_dot_product_attention", "the keys have no heads");
  const [mode, maskArray] = typeof mask === "object" ? ["array", mask.handle] : [mask ?? "", null];
  return arrayFrom("fast_scaled_dot_product_attention", (slot) =>
    c().mlx_fast_scaled_dot_product_attention(
      slot,
      queries.handle,
      keys.handle,
      values.handle,
      scale,
      mode,
      maskArray,
      sinks?.handle ?? null,
      false,
      streamHandle(stream),
    ),
  );
}

/** −log of the target's softmax probability, for each row of logits. */
export function crossEntropy(logits: MlxArray, targets: MlxArray, stream?: Stream): MlxArray {
  return arrayFrom("fast_cross_entropy", (slot) =>
    c().mlx_fast_cross_entropy(slot, logits.handle, targets.handle, streamHandle(stream)),
  );
}
