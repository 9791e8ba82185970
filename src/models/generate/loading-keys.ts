/** Random keys that mlx-lm draws while it loads a model: it fills every layer with random numbers before the real ones. */

import { tidy } from "../../mlx/index.ts";
import type { KeySequence } from "../../mlx/nn/key-sequence.ts";
import { flattenParams } from "../../mlx/nn/params.ts";
import type { LoadedDecoder } from "../load-decoder.ts";

/** One per matrix and its bias, one more when it is quantized, two per low-rank pair. */
function keysOfLoading(model: LoadedDecoder): number {
  const arrays = new Map(flattenParams(model.params));
  let count = model.modelType === "gemma3_text" && !arrays.has("lm_head.weight") ? 1 : 0;
  for (const [path, { ndim }] of arrays) {
    const layer = path.slice(0, path.lastIndexOf("."));
    if (path.endsWith(".weight") && ndim > 1) count++;
    else if (path.endsWith(".bias") && (arrays.get(`${layer}.weight`)?.ndim ?? 0) > 1) count++;
    else if (path.endsWith(".scales")) count++;
    else if (path.endsWith(".lora_a")) count += 2;
  }
  return count;
}

/** Takes the keys to where mlx-lm's are after it has loaded these models, in this order. */
export function skipLoading(keys: KeySequence, models: readonly LoadedDecoder[]): void {
  tidy(() => {
    for (const model of models) for (let i = keysOfLoading(model); i > 0; i--) keys.next();
  });
}
