/** What weight files hold beyond the weights. */
import type { Weights } from "../../model.ts";

/** Without tables of angles, and without a head where the embedding serves as one. */
export function withoutExtras(weights: Weights, tied: boolean): Weights {
  const kept: Weights = new Map();
  for (const [name, weight] of weights) {
    if (name.endsWith("rotary_emb.inv_freq") || (tied && name.startsWith("lm_head."))) continue;
    kept.set(name, weight);
  }
  return kept;
}
