/** Attention of a decoder: over plain or quantized keys, by groups of query heads. */
import { fast, type MlxArray } from "../../../mlx/index.ts";
import type { KeyValues, LayerCache, Mask } from "../../cache/cache.ts";
import { causalMask } from "../../cache/masks.ts";
import type { DecoderInput } from "../../decoder.ts";

/** softmax(scale·q kᵀ) v; `queries` `[batch, heads, length, size]`, `mask` as the cache or the input gives it. */
export function attention(queries: MlxArray, kv: KeyValues, scale: number, mask: Mask): MlxArray {
  if ("groupSize" in kv) throw new Error("quantized caches are not read yet");
  return fast.scaledDotProductAttention(queries, kv.keys, kv.values, mask ? { scale, mask } : { scale });
}

/** The mask of layers that see `window` tokens back (all, when undefined), for this input. */
export function maskFor(input: DecoderInput, cache: LayerCache | undefined, window?: number): Mask {
  if (input.mask) return input.mask;
  const length = input.ids.shape[1]!;
  if (cache) return cache.mask(length, window);
  if (window !== undefined && length > window) return causalMask(length, 0, window);
  return length === 1 ? undefined : "causal";
}
