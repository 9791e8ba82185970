/** Gradients made shorter where they are too long. */
import type { MlxArray } from "../array.ts";
import { add, astype, divide, minimum, multiply, sqrt, square, sum } from "../ops.ts";
import type { Named } from "./optimizer.ts";

/**
 * The length of all gradients as one vector, one float32. For float32 gradients it is MLX's to the bit; MLX adds the
 * squares of shorter types in that type, where a long sum stands still.
 */
export function gradNorm(gradients: Named): MlxArray {
  let squares: MlxArray | 0 = 0;
  for (const gradient of gradients.values()) squares = add(squares, sum(square(astype(gradient, "float32"))));
  return sqrt(squares as MlxArray);
}

/** All gradients times the same factor, so that their length, which is `norm`, becomes `max` at most; types stay. */
export function clipGradNorm(gradients: Named, norm: MlxArray, max: number): Map<string, MlxArray> {
  const factor = minimum(divide(max, add(norm, 1e-6)), 1);
  return new Map([...gradients].map(([path, g]) => [path, multiply(g, astype(factor, g.dtype))]));
}
