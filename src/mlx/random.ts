/** Random arrays. Every function takes its key: equal keys give equal arrays, whatever ran before. */
import { arrayFrom, type MlxArray, type Shape } from "./array.ts";
import type { Operand } from "./create.ts";
import { type Stream, streamHandle } from "./device.ts";
import { codeOf, type DType } from "./dtype.ts";
import { intsOf, unlessEmpty, withOperand, withOperands } from "./ops/call.ts";
import { c } from "./runtime.ts";

/** The key of a seed. */
export function key(seed: number | bigint): MlxArray {
  return arrayFrom("random_key", (slot) => c().mlx_random_key(slot, seed));
}

/** `count` keys that are independent of each other, as rows. */
export function split(key: MlxArray, count = 2, stream?: Stream): MlxArray {
  return arrayFrom("random_split", (slot) => c().mlx_random_split_num(slot, key.handle, count, streamHandle(stream)));
}

/** Uniform in [low, high). */
export function uniform(
  key: MlxArray,
  shape: Shape,
  options: { low?: Operand; high?: Operand; dtype?: DType } = {},
  stream?: Stream,
): MlxArray {
  const { low = 0, high = 1, dtype = "float32" } = options;
  return withOperands(low, high, (from, to) =>
    arrayFrom("random_uniform", (slot) =>
      c().mlx_random_uniform(
        slot,
        from,
        to,
        intsOf(shape),
        shape.length,
        codeOf(dtype),
        key.handle,
        streamHandle(stream),
      ),
    ),
  );
}

export function normal(
  key: MlxArray,
  shape: Shape,
  options: { mean?: number; std?: number; dtype?: DType } = {},
  stream?: Stream,
): MlxArray {
  const { mean = 0, std = 1, dtype = "float32" } = options;
  return arrayFrom("random_normal", (slot) =>
    c().mlx_random_normal(
      slot,
      intsOf(shape),
      shape.length,
      codeOf(dtype),
      mean,
      std,
      key.handle,
      streamHandle(stream),
    ),
  );
}

/** Normal, drawn again outside [lower, upper]. */
export function truncatedNormal(
  key: MlxArray,
  shape: Shape,
  options: { lower: Operand; upper: Operand; dtype?: DType },
  stream?: Stream,
): MlxArray {
  const { lower, upper, dtype = "float32" } = options;
  return withOperands(lower, upper, (from, to) =>
    arrayFrom("random_truncated_normal", (slot) =>
      c().mlx_random_truncated_normal(
        slot,
        from,
        to,
        intsOf(shape),
        shape.length,
        codeOf(dtype),
        key.handle,
        streamHandle(stream),
      ),
    ),
  );
}

export function laplace(
  key: MlxArray,
  shape: Shape,
  options: { mean?: number; scale?: number; dtype?: DType } = {},
  stream?: Stream,
): MlxArray {
  const { mean = 0, scale = 1, dtype = "float32" } = options;
  return arrayFrom("random_laplace", (slot) =>
    c().mlx_random_laplace(
      slot,
      intsOf(shape),
      shape.length,
      codeOf(dtype),
      mean,
      scale,
      key.handle,
      streamHandle(stream),
    ),
  );
}

export function gumbel(key: MlxArray, shape: Shape, dtype: DType = "float32", stream?: Stream): MlxArray {
  return arrayFrom("random_gumbel", (slot) =>
    c().mlx_random_gumbel(slot, intsOf(shape), shape.length, codeOf(dtype), key.handle, streamHandle(stream)),
  );
}

/** Whole numbers in [low, high). */
export function randint(
  key: MlxArray,
  shape: Shape,
  low: Operand,
  high: Operand,
  dtype: DType = "int32",
  stream?: Stream,
): MlxArray {
  return withOperands(low, high, (from, to) =>
    arrayFrom("random_randint", (slot) =>
      c().mlx_random_randint(
        slot,
        from,
        to,
        intsOf(shape),
        shape.length,
        codeOf(dtype),
        key.handle,
        streamHandle(stream),
      ),
    ),
  );
}

/** True with probability `p`. */
export function bernoulli(key: MlxArray, shape: Shape, p: Operand = 0.5, stream?: Stream): MlxArray {
  return withOperand(p, undefined, (probability) =>
    arrayFrom("random_bernoulli", (slot) =>
      c().mlx_random_bernoulli(slot, probability, intsOf(shape), shape.length, key.handle, streamHandle(stream)),
    ),
  );
}

/** Positions along `axis`, drawn with softmax(logits); `samples` adds a last axis of that many. */
export function categorical(
  key: MlxArray,
  logits: MlxArray,
  options: { axis?: number; samples?: number } = {},
  stream?: Stream,
): MlxArray {
  const { axis = -1, samples } = options;
  return arrayFrom("random_categorical", (slot) =>
    samples === undefined
      ? c().mlx_random_categorical(slot, logits.handle, axis, key.handle, streamHandle(stream))
      : c().mlx_random_categorical_num_samples(slot, logits.handle, axis, samples, key.handle, streamHandle(stream)),
  );
}

/** The entries of an array along `axis`, or the numbers below `x`, in random order. */
export function permutation(key: MlxArray, x: MlxArray | number, axis = 0, stream?: Stream): MlxArray {
  const result = arrayFrom("random_permutation", (slot) =>
    typeof x === "number"
      ? c().mlx_random_permutation_arange(slot, x, key.handle, streamHandle(stream))
      : c().mlx_random_permutation(slot, x.handle, axis, key.handle, streamHandle(stream)),
  );
  return unlessEmpty(result, stream);
}

/** Uniform bits in words of `width` bytes: 1, 2 or 4. */
export function bits(key: MlxArray, shape: Shape, width: 1 | 2 | 4 = 4, stream?: Stream): MlxArray {
  return arrayFrom("random_bits", (slot) =>
    c().mlx_random_bits(slot, intsOf(shape), shape.length, width, key.handle, streamHandle(stream)),
  );
}
