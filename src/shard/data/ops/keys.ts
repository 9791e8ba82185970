/** Operations on the keys of samples, and by functions of the user. */
import { UsageError } from "../../../core/errors.ts";
import { arrayOf, dimOf, type NdArray, type Value } from "../array.ts";
import { type Awaitable, arrayAt, type Op, type Sample, sampleOf, type Values } from "../sample.ts";

export interface OutputKey {
  /** Where the result goes; the key itself by default. */
  outputKey?: string;
}

/** Replaces one key of a sample. */
export function withKey(sample: Sample, key: string, array: NdArray): Sample {
  return { ...sample, [key]: array };
}

/** An operation on the array of one key. */
export function onKey(key: string, { outputKey = key }: OutputKey, change: (array: NdArray) => NdArray): Op {
  return (sample) => withKey(sample, outputKey, change(arrayAt(sample, key)));
}

export const keyOps = {
  /** Sets a key to what a function makes of its array. */
  keyTransform(key: string, func: (array: NdArray) => Awaitable<Value>, { outputKey = key }: OutputKey = {}): Op {
    return async (sample) => withKey(sample, outputKey, arrayOf(await func(arrayAt(sample, key))));
  },

  /** Replaces samples by what a function makes of them; a stream leaves out those that become empty. */
  sampleTransform(func: (sample: Sample) => Awaitable<Values>): Op {
    return async (sample) => sampleOf(await func(sample));
  },

  /** Keeps only one key, or with `remove` all but that one. */
  filterKey(key: string, { remove = false }: { remove?: boolean } = {}): Op {
    return (sample) => {
      const array = arrayAt(sample, key);
      if (!remove) return { [key]: array };
      const { [key]: _, ...others } = sample;
      return others;
    };
  },

  /** Keeps samples whose array has a size of `low` to `high`, both included, in a dimension; −1 is no limit. */
  filterByShape(key: string, dim: number, { low = -1, high = -1 }: { low?: number; high?: number } = {}): Op {
    return (sample) => {
      const array = arrayAt(sample, key);
      const size = array.shape[dimOf(array, dim)]!;
      return (low < 0 || size >= low) && (high < 0 || size <= high) ? sample : undefined;
    };
  },

  renameKey(key: string, outputKey: string): Op {
    return (sample) => {
      const array = arrayAt(sample, key);
      const { [key]: _, ...others } = sample;
      return { ...others, [outputKey]: array };
    };
  },

  /** Sets a key to the shape of an array, or with `dim` to its size in one dimension. */
  shape(key: string, outputKey: string, dim?: number): Op {
    if (outputKey === "") throw new UsageError("shape needs an output key");
    return (sample) => {
      const array = arrayAt(sample, key);
      const sizes = dim === undefined ? [...array.shape] : array.shape[dimOf(array, dim)]!;
      return withKey(sample, outputKey, arrayOf(sizes));
    };
  },
};
