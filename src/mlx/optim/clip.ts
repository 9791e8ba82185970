/** Gradients made shorter where they are too long. */
import type { MlxArray } from "../array.ts";
import { add, divide, minimum, multiply, sqrt, square, sum } from "../ops.ts";
import type { Named } from "./optimizer.ts";

/**
 * All gradients times the same factor, so that their common Euclidean norm is at most `max`, and the norm before.
 * Nothing is evaluated.
 */
export function clipGradNorm(gradients: Named, max: number): { gradients: Map<string, MlxArray>; norm: MlxArray } {
  let squares: MlxArray | 0 = 0;
  for (const gradient of gradients.values()) squares = add(squares, sum(square(gradient)));
  const norm = sqrt(squares as MlxArray);
  const factor = minimum(divide(max, add(norm, 1e-6)), 1);
  return { gradients: new Map([...gradients].map(([path, g]) => [path, multiply(g, factor)])), norm };
}
