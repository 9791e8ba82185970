/** Weights under other names, and without those of other heads. */
import type { Weights } from "../../model.ts";

/** Keeps the weights whose names match `kept` once `rename` has changed them. */
export function renamed(weights: Weights, rename: (name: string) => string, kept: RegExp): Weights {
  const found: Weights = new Map();
  for (const [name, weight] of weights) {
    const plain = rename(name);
    if (kept.test(plain)) found.set(plain, weight);
  }
  return found;
}

/** Norms were called `gamma` and `beta` in the first conversions from TensorFlow. */
export function modernNorm(name: string): string {
  return name.replace(/LayerNorm\.gamma$/, "LayerNorm.weight").replace(/LayerNorm\.beta$/, "LayerNorm.bias");
}
