/** Arrays from JavaScript values. All of them copy. */
import { checkHandle } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import type { Handle } from "../../ffi/types.ts";
import { MlxArray, type Nested, type Shape } from "./array.ts";
import { codeOf, type DType, dtypeOfTypedArray, encode, isFloating, itemSize, type TypedArray } from "./dtype.ts";
import { c } from "./runtime.ts";

/** A number stands for an array of the other operand's element type. */
export type Operand = MlxArray | number | boolean;

/**
 * An array of a typed array's elements in row-major order.
 * `shape` defaults to one axis; `dtype` to the typed array's own. Another `dtype` reads the same bytes as that type:
 * `Uint16Array` as `bfloat16` bits, `Uint8Array` as `bool`, `Float32Array` pairs as `complex64`.
 */
export function fromTypedArray(data: TypedArray, shape?: Shape, dtype: DType = dtypeOfTypedArray(data)): MlxArray {
  const count = data.byteLength / itemSize(dtype);
  return new MlxArray(newArray(data, shape ?? [count], dtype));
}

/**
 * An array of a number or of nested lists. Without `dtype`: bool for booleans, int32 for whole numbers, int64 for
 * larger ones and bigints, else float32.
 */
export function array(values: Nested, dtype?: DType): MlxArray {
  const shape: number[] = [];
  for (let level = values; Array.isArray(level); level = level[0]!) shape.push(level.length);
  const flat: (number | bigint | boolean)[] = [];
  flatten(values, shape, 0, flat);
  const type = dtype ?? inferDtype(flat);
  return new MlxArray(newArray(encode(flat, type), shape, type));
}

/** Handle of a number with the element type that suits the other operand; the caller frees it. */
export function scalarHandle(value: number | boolean, other?: DType): Handle {
  const dtype = weakDtype(value, other);
  if (dtype === "float32") return checkHandle(c().mlx_array_new_float(Number(value)), "array");
  return newArray(encode([value], dtype), [], dtype);
}

/** As in Python MLX: a plain number adopts the array's type, unless it would not fit in its kind. */
function weakDtype(value: number | boolean, other: DType | undefined): DType {
  if (typeof value === "boolean") return "bool";
  if (other === undefined) return Number.isInteger(value) ? "int32" : "float32";
  if (isFloating(other)) return other;
  if (other === "complex64" || !Number.isInteger(value)) return "float32";
  return other === "bool" ? "int32" : other;
}

function newArray(data: TypedArray, shape: Shape, dtype: DType): Handle {
  const size = shape.reduce((product, n) => product * n, 1);
  if (size * itemSize(dtype) !== data.byteLength) {
    throw new MlxError(
      "array",
      `shape [${shape}] of ${dtype} takes ${size * itemSize(dtype)} bytes, the data has ${data.byteLength}`,
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return checkHandle(c().mlx_array_new_data(bytes, Int32Array.from(shape), shape.length, codeOf(dtype)), "array");
}

function flatten(values: Nested, shape: Shape, depth: number, flat: (number | bigint | boolean)[]): void {
  if (!Array.isArray(values)) {
    if (depth !== shape.length) throw new MlxError("array", "the nested lists are not of equal depth");
    flat.push(values);
    return;
  }
  if (values.length !== shape[depth]) throw new MlxError("array", "the nested lists are not of equal length");
  for (const value of values) flatten(value, shape, depth + 1, flat);
}

function inferDtype(flat: readonly (number | bigint | boolean)[]): DType {
  if (flat.length === 0) return "float32";
  if (flat.every((value) => typeof value === "boolean")) return "bool";
  if (flat.some((value) => typeof value === "bigint")) return "int64";
  if (!flat.every((value) => typeof value === "boolean" || Number.isInteger(value))) return "float32";
  return flat.every((value) => Number(value) === (Number(value) | 0)) ? "int32" : "int64";
}
