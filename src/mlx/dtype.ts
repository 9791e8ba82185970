/** Element types: MLX's names, codes and sizes, and how each looks in JavaScript. */
import { MlxError } from "../../ffi/errors.ts";

/** In the order of `mlx_dtype`, so that the index is the code. */
const names = [
  "bool",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "int8",
  "int16",
  "int32",
  "int64",
  "float16",
  "float32",
  "float64",
  "bfloat16",
  "complex64",
] as const;

export type DType = (typeof names)[number];

export type TypedArray =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float16Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

const codes = new Map<string, number>(names.map((name, code) => [name, code]));
const itemSizes = [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, 2, 8] as const;

/** `mlx_dtype` of a name. */
export function codeOf(dtype: DType): number {
  const code = codes.get(dtype);
  if (code === undefined) throw new MlxError("dtype", `"${dtype}" is not an element type; known: ${names.join(", ")}`);
  return code;
}

/** Name of an `mlx_dtype`. */
export function dtypeOf(code: number): DType {
  const name = names[code];
  if (name === undefined) throw new MlxError("dtype", `MLX returned the unknown element type ${code}`);
  return name;
}

/** Bytes per element. */
export function itemSize(dtype: DType): number {
  return itemSizes[codeOf(dtype)]!;
}

export function isFloating(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float16" || dtype === "bfloat16" || dtype === "float64";
}

/** The element type of a typed array's own elements. */
export function dtypeOfTypedArray(data: TypedArray): DType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Float16Array) return "float16";
  if (data instanceof BigInt64Array) return "int64";
  return "uint64";
}

/**
 * A view of raw elements as JavaScript has them: `bool` as 0 and 1, `complex64` as pairs of real and imaginary part.
 * `bfloat16`, which JavaScript lacks, is widened to float32 (exact).
 */
export function viewOf(buffer: ArrayBuffer, dtype: DType): TypedArray {
  switch (dtype) {
    case "bool":
    case "uint8":
      return new Uint8Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "float16":
      return new Float16Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "bfloat16":
      return bfloat16ToFloat32(new Uint16Array(buffer));
    default:
      return new Float32Array(buffer);
  }
}

/** Elements of `dtype` from numbers; whole numbers for the integer types, wrapped to their width. */
export function encode(values: readonly (number | bigint | boolean)[], dtype: DType): TypedArray {
  switch (dtype) {
    case "bool":
      return Uint8Array.from(values, (value) => (value ? 1 : 0));
    case "int64":
      return BigInt64Array.from(values, toBigInt);
    case "uint64":
      return BigUint64Array.from(values, toBigInt);
    case "bfloat16":
      return float32ToBfloat16(Float32Array.from(values, Number));
    case "complex64":
      return Float32Array.from(values.flatMap((value) => [Number(value), 0]));
    default: {
      const data = viewOf(new ArrayBuffer(values.length * itemSize(dtype)), dtype) as Float32Array;
      for (let i = 0; i < values.length; i++) data[i] = Number(values[i]);
      return data as TypedArray;
    }
  }
}

function toBigInt(value: number | bigint | boolean): bigint {
  return typeof value === "number" ? BigInt(Math.trunc(value)) : BigInt(value);
}

/** A bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

/** Rounds to nearest, ties to even, as MLX does; NaN stays NaN. */
export function float32ToBfloat16(values: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const wide = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = wide[i]!;
    bits[i] = Number.isNaN(values[i]) ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}
