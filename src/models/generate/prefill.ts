/** Puts a prompt into caches, a piece at a time, so that memory does not grow with its length. */
import * as mx from "../../mlx/index.ts";
import type { LayerCache } from "../cache/cache.ts";
import { quantizeCaches } from "../cache/make-caches.ts";
import type { LoadedDecoder } from "../load-decoder.ts";
import { breathe } from "./breathe.ts";
import type { TokenOptions } from "./options.ts";

type PrefillOptions = Pick<
  TokenOptions,
  "prefillStepSize" | "signal" | "onPrompt" | "kvBits" | "kvGroupSize" | "quantizedKvStart"
>;

/** All of `ids` but the last, whose logits begin the answer. */
export async function prefill(
  model: LoadedDecoder,
  caches: LayerCache[],
  ids: Int32Array,
  options: PrefillOptions,
): Promise<void> {
  const { prefillStepSize, signal, onPrompt } = options;
  const before = ids.length - 1;
  onPrompt?.(0, ids.length);
  for (let start = 0; start < before; start += prefillStepSize) {
    const end = Math.min(start + prefillStepSize, before);
    mx.tidy(() => {
      const piece = mx.fromTypedArray(ids.slice(start, end), [1, end - start]);
      // Its result is not used, and so not computed: what the caches hold is.
      model.decoder.forward(model.params, { ids: piece, caches });
    });
    quantizeCaches(caches, options);
    mx.evaluate(...caches.flatMap((cache) => cache.arrays()));
    mx.clearCache();
    onPrompt?.(end, ids.length);
    await breathe(signal);
  }
}
