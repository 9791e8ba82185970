/**
 * Rotary positions by tables of cosines and sines, made once for all layers of a call. On a CPU MLX's own operation makes
 * them anew each time: for a single token that is most of its work. The steps are those of that operation, so that the
 * results agree to the last bit.
 */
import * as mx from "../../../mlx/index.ts";
import type { Angles } from "./rope-scaling.ts";

/** For the features that are rotated, `[length, dims]`, in the type of what is rotated. */
interface Tables {
  cos: mx.MlxArray;
  /** The sines, negative in the first half. */
  sin: mx.MlxArray;
  offset: number;
  length: number;
}

type FixedAngles = Exclude<Angles, { dynamic: number }>;

/** Rotates the first `dims` features of `[batch, heads, length, size]`; halves are pairs. */
export type RotateByTables = (x: mx.MlxArray, angles: FixedAngles, offset: number) => mx.MlxArray;

/** A rotation that holds its last tables as long as the `tidy` in which it made them. */
export function rotationByTables(dims: number): RotateByTables {
  let last: Tables | undefined;
  return (x, angles, offset) => {
    const length = x.shape[2]!;
    if (last?.offset !== offset || last.length !== length || last.cos.isDisposed || last.cos.dtype !== x.dtype) {
      last = { ...tablesOf(angles, dims, offset, length, x.dtype), offset, length };
    }
    return turned(x, dims, last);
  };
}

function tablesOf(angles: FixedAngles, dims: number, offset: number, length: number, dtype: mx.DType) {
  return mx.tidy(() => {
    const positions = mx.add(mx.arange(0, length, 1, "float32"), offset);
    const scaled = mx.multiply(positions, "base" in angles ? angles.scale : 1);
    const theta = mx.multiply(mx.expandDims(scaled, -1), frequencies(angles, dims));
    const [cos, sin] = [mx.astype(mx.cos(theta), dtype), mx.astype(mx.sin(theta), dtype)];
    return { cos: mx.concatenate([cos, cos], -1), sin: mx.concatenate([mx.negative(sin), sin], -1) };
  });
}

/** float32 `[dims / 2]`. */
function frequencies(angles: FixedAngles, dims: number): mx.MlxArray {
  if ("table" in angles) return mx.reciprocal(mx.fromTypedArray(angles.table));
  const half = dims / 2;
  return mx.exp(mx.multiply(mx.arange(0, -half, -1, "float32"), Math.log(angles.base) / half));
}

function turned(x: mx.MlxArray, dims: number, { cos, sin }: Tables): mx.MlxArray {
  const size = x.shape[3]!;
  const features = (from: number, to: number) => mx.slice(x, [null, null, null, [from, to]]);
  const front = dims === size ? x : features(0, dims);
  const swapped = mx.concatenate([features(dims / 2, dims), features(0, dims / 2)], 3);
  const rotated = mx.add(mx.multiply(front, cos), mx.multiply(swapped, sin));
  return dims === size ? rotated : mx.concatenate([rotated, features(dims, size)], 3);
}
