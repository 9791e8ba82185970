/** Operations on the shape of arrays: padding, slicing, splitting, and removing values. */
import { UsageError } from "../../../core/errors.ts";
import { randomOf } from "../../loader/permutation.ts";
import { dimOf, type NdArray, numberOf, sizeOf, zerosLike } from "../array.ts";
import { cut, padded } from "../move.ts";
import { arrayAt, type Op } from "../sample.ts";
import { type OutputKey, onKey, withKey } from "./keys.ts";

const listed = (value: number | readonly number[]): readonly number[] => (typeof value === "number" ? [value] : value);

function padSides(array: NdArray, dim: number, left: number, right: number, value: number): NdArray {
  const d = dimOf(array, dim);
  if (left < 0 || right < 0)
    throw new UsageError(`padding by ${left} and ${right}`, "use slice to make arrays smaller");
  const shape = array.shape.map((size, i) => (i === d ? size + left + right : size));
  const at = array.shape.map((_, i) => (i === d ? left : 0));
  return padded(array, shape, at, value);
}

/** Where a slice begins and how large it is in every dimension; `choose` gives both for the named ones. */
function sliced(
  array: NdArray,
  dims: readonly number[],
  choose: (size: number, i: number) => { start: number; end: number },
): NdArray {
  const from = array.shape.map(() => 0);
  const sizes = [...array.shape];
  for (const [i, dim] of dims.entries()) {
    const d = dimOf(array, dim);
    const { start, end } = choose(array.shape[d]!, i);
    if (start < 0 || end < start) {
      throw new UsageError(
        `a slice from ${start} to ${end} of ${array.shape[d]}`,
        "starts count from 0, up to the end",
      );
    }
    from[d] = start;
    sizes[d] = end - start;
  }
  return cut(array, from, sizes);
}

export const shapeOps = {
  /** Adds `lpad` and `rpad` places with a value before and behind, in one dimension. */
  pad(key: string, dim: number, lpad: number, rpad: number, padValue: number, options: OutputKey = {}): Op {
    return onKey(key, options, (array) => padSides(array, dim, lpad, rpad, padValue));
  },

  /** Adds places at the end until the size is a multiple. */
  padToMultiple(key: string, dim: number, padMultiple: number, padValue: number, options: OutputKey = {}): Op {
    if (!(padMultiple > 0)) throw new UsageError(`padToMultiple of ${padMultiple}`);
    return onKey(key, options, (array) => {
      const size = array.shape[dimOf(array, dim)]!;
      return padSides(array, dim, 0, Math.ceil(size / padMultiple) * padMultiple - size, padValue);
    });
  },

  /** Adds places at the end up to a size; what is larger stays as it is. */
  padToSize(key: string, dim: number, size: number, padValue: number, options: OutputKey = {}): Op {
    return onKey(key, options, (array) => {
      const missing = Math.max(0, size - array.shape[dimOf(array, dim)]!);
      return padSides(array, dim, 0, missing, padValue);
    });
  },

  /** Elements `[start, end)` of one or several dimensions; an end beyond the array is the array's. */
  slice(
    key: string,
    dims: number | readonly number[],
    starts: number | readonly number[],
    ends: number | readonly number[],
    options: OutputKey = {},
  ): Op {
    const [from, to] = [listed(starts), listed(ends)];
    return onKey(key, options, (array) =>
      sliced(array, listed(dims), (size, i) => ({ start: from[i]!, end: Math.min(to[i]!, size) })),
    );
  },

  /** A slice of given sizes at a random place; all of a dimension that is smaller. */
  randomSlice(
    key: string,
    dims: number | readonly number[],
    sizes: number | readonly number[],
    { seed = 0, outputKey = key }: OutputKey & { seed?: number } = {},
  ): Op {
    const wanted = listed(sizes);
    return (sample, ordinal) => {
      const array = sliced(arrayAt(sample, key), listed(dims), (size, i) => {
        const length = Math.min(wanted[i]!, size);
        const start = randomOf(seed, ordinal, i) % (size - length + 1);
        return { start, end: start + length };
      });
      return withKey(sample, outputKey, array);
    };
  },

  /** Splits the first dimension into `numShards` equal parts: `[n, …]` becomes `[numShards, n / numShards, …]`. */
  shard(key: string, numShards: number, options: OutputKey = {}): Op {
    return onKey(key, options, (array) => {
      const [first = 1, ...others] = array.shape;
      if (first % numShards !== 0)
        throw new UsageError(`${first} rows of "${key}" cannot be ${numShards} equal shards`);
      return { shape: [numShards, first / numShards, ...others], data: array.data };
    });
  },

  /** Removes dimensions of size 1: all of them, or those named. */
  squeeze(key: string, { dim, ...options }: OutputKey & { dim?: number | readonly number[] } = {}): Op {
    return onKey(key, options, (array) => {
      const named = dim === undefined ? undefined : new Set(listed(dim).map((d) => dimOf(array, d)));
      for (const d of named ?? []) {
        if (array.shape[d] !== 1)
          throw new UsageError(`dimension ${d} of "${key}" has ${array.shape[d]} elements, not 1`);
      }
      return { shape: array.shape.filter((size, d) => !(named?.has(d) ?? size === 1)), data: array.data };
    });
  },

  /**
   * Removes a value from the valid part of an array along a dimension, moves the rest up, fills the end with `pad`, and
   * lowers the sizes under `sizeKey`: one number for a vector, one per row for a matrix.
   */
  removeValue(key: string, sizeKey: string, dim: number, value: number, { pad = 0 }: { pad?: number } = {}): Op {
    return (sample) => {
      const array = arrayAt(sample, key);
      const sizes = arrayAt(sample, sizeKey);
      const removed = removeFrom(array, sizes, dimOf(array, dim), value, pad);
      return { ...sample, [key]: removed.array, [sizeKey]: removed.sizes };
    };
  },
};

function removeFrom(array: NdArray, sizes: NdArray, dim: number, value: number, pad: number) {
  if (dim !== array.shape.length - 1 || array.shape.length > 2) {
    throw new UsageError("removeValue works along the last dimension of vectors and matrices");
  }
  const length = array.shape[dim]!;
  const rows = sizeOf(array.shape) / Math.max(1, length);
  if (array.shape.length === 2 ? sizes.data.length !== rows : sizes.data.length !== 1) {
    throw new UsageError(`${sizes.data.length} sizes for ${rows} rows of ${length}`);
  }
  const target = zerosLike(array, array.shape);
  if (pad !== 0) target.data.fill(pad);
  const counts = zerosLike(sizes, sizes.shape);
  for (let row = 0; row < counts.data.length; row++) {
    const size = array.shape.length === 1 ? numberOf(sizes) : sizes.data[row]!;
    let end = 0;
    for (let i = 0; i < Math.min(size, length); i++) {
      const element = array.data[row * length + i]!;
      if (element !== value) target.data[row * length + end++] = element;
    }
    counts.data[row] = end;
  }
  return { array: target, sizes: counts };
}
