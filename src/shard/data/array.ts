/** Arrays of numbers with a shape: the values of a sample. Text is an array of its UTF-8 bytes. */
import { UsageError } from "../../core/errors.ts";

export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Row-major; a scalar has no dimension. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** What is taken for an array: numbers become int32 (float64 unless all are such integers), text its bytes. */
export type Value = NdArray | Numbers | number | boolean | string | readonly Value[];

/** The elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** An array of any value. @throws UsageError for rows of unequal length or elements that are no numbers */
export function arrayOf(value: Value): NdArray {
  if (typeof value === "string") return vector(new TextEncoder().encode(value));
  if (typeof value === "number" || typeof value === "boolean") return { shape: [], data: numbersOf([Number(value)]) };
  if (ArrayBuffer.isView(value)) return vector(value);
  if (!Array.isArray(value)) {
    const array = value as NdArray;
    if (sizeOf(array.shape) === array.data.length) return array;
    throw new UsageError(`an array of shape [${array.shape}] has ${array.data.length} elements`);
  }
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat: number[] = [];
  flatten(value, shape, 0, flat);
  return { shape, data: numbersOf(flat) };
}

/** One dimension over numbers, not copied. */
export function vector(data: Numbers): NdArray {
  return { shape: [data.length], data };
}

export function scalar(value: number): NdArray {
  return { shape: [], data: numbersOf([value]) };
}

/** The text that an array's bytes spell. */
export function textOf({ data }: NdArray): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}

/** The bytes behind an array, not copied. */
export function bytesOf({ data }: NdArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The number of an array of one element. */
export function numberOf({ data, shape }: NdArray): number {
  if (data.length !== 1) throw new UsageError(`an array of shape [${shape}] is no single number`);
  return data[0]!;
}

/** Zeros of the same type of numbers as another array. */
export function zerosLike({ data }: NdArray, shape: readonly number[]): NdArray {
  const Type = data.constructor as new (length: number) => Numbers;
  return { shape, data: new Type(sizeOf(shape)) };
}

/** The number of a dimension counted from either end. @throws UsageError when the array has no such dimension */
export function dimOf({ shape }: { shape: readonly number[] }, dim: number): number {
  const counted = dim < 0 ? shape.length + dim : dim;
  if (Number.isInteger(counted) && counted >= 0 && counted < shape.length) return counted;
  throw new UsageError(`dimension ${dim} of an array with ${shape.length} (shape [${shape}])`);
}

function flatten(value: Value, shape: readonly number[], depth: number, into: number[]): void {
  if (depth === shape.length) {
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw new UsageError("an array of numbers has an element that is none", "give text as a string, not in a list");
    }
    into.push(Number(value));
    return;
  }
  if (!Array.isArray(value) || value.length !== shape[depth]) {
    throw new UsageError("the rows of an array have different lengths", "pad them first, or keep them in samples");
  }
  for (const item of value) flatten(item, shape, depth + 1, into);
}

function numbersOf(values: number[]): Numbers {
  return values.every((value) => (value | 0) === value) ? Int32Array.from(values) : Float64Array.from(values);
}
