/** Keys and values of the tokens before, per layer, so that a new token costs one step. */
import type { MlxArray, QuantizedMatrix } from "../../mlx/index.ts";

/** What attention may look at: `causal`, a bool array that broadcasts to `[batch, heads, queries, keys]`, or all. */
export type Mask = "causal" | MlxArray | undefined;

/** Keys and values `[batch, heads, length, size]`, plain or quantized along the last axis. */
export type KeyValues =
  | { keys: MlxArray; values: MlxArray }
  | { keys: QuantizedMatrix; values: QuantizedMatrix; groupSize: number; bits: number };

export interface LayerCache extends Disposable {
  /** Position of the next token: a number, or int32 `[batch]` where rows began at different places. */
  readonly offset: number | MlxArray;
  /** Adds new keys and values, and gives all that the new queries may look at. */
  update(keys: MlxArray, values: MlxArray): KeyValues;
  /** What `length` new queries may see of what `update` will give. @param window tokens seen back, itself counted */
  mask(length: number, window?: number): Mask;
  /** Arrays it holds, to be evaluated. */
  arrays(): MlxArray[];
  /** Whether the last tokens can be forgotten. */
  readonly trimmable: boolean;
  /** Forgets the last `count` tokens, at most all; returns how many. */
  trim(count: number): number;
}
