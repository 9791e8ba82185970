/** `MlxArray`: an n-dimensional array that MLX computes when it is read or evaluated. */
import { read, toArrayBuffer } from "bun:ffi";
import { check, checkHandle, outHandle, outNumber } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import { defineHandleKind, NativeHandle } from "../../ffi/memory.ts";
import type { Handle } from "../../ffi/types.ts";
import { streamHandle } from "./device.ts";
import { bfloat16ToFloat32, codeOf, type DType, dtypeOf, itemSize, type TypedArray, viewOf } from "./dtype.ts";
import { c, textFrom } from "./runtime.ts";

const arrayKind = defineHandleKind("MlxArray", (handle) => c().mlx_array_free(handle), true);

/** Sizes by axis; `[]` for a single number. */
export type Shape = readonly number[];

/** Nested lists, as `tolist` gives them. */
export type Nested = number | bigint | boolean | Nested[];

/** One native array. Free it by `using`, `dispose` or the `tidy` around it; it is immutable. */
export class MlxArray extends NativeHandle {
  #shape: Shape | undefined;
  #dtype: DType | undefined;

  /** Takes over a handle that mlx-c returned. @param shape where it is known, which saves asking */
  constructor(handle: Handle, shape?: Shape) {
    super(arrayKind, handle);
    this.#shape = shape;
  }

  /** Its shape, where that was read or is known without reading. */
  get knownShape(): Shape | undefined {
    return this.#shape;
  }

  get shape(): Shape {
    this.#shape ??= readShape(this.handle);
    return this.#shape;
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return Number(c().mlx_array_size(this.handle));
  }

  get dtype(): DType {
    this.#dtype ??= dtypeOf(c().mlx_array_dtype(this.handle));
    return this.#dtype;
  }

  /** Bytes of its elements. */
  get nbytes(): number {
    return this.size * itemSize(this.dtype);
  }

  /** Computes it now, if it was not computed. */
  eval(): this {
    check(c().mlx_array_eval(this.handle), "eval");
    return this;
  }

  /**
   * A copy of its elements in row-major order, whatever its strides: `bool` as 0 and 1, `complex64` as pairs,
   * `bfloat16` widened to float32.
   */
  toTypedArray(): TypedArray {
    return viewOf(this.toBytes(), this.dtype);
  }

  /** A copy of its elements as float32, in row-major order. */
  toFloat32(): Float32Array<ArrayBuffer> {
    const dtype = this.dtype;
    if (dtype === "float32") return new Float32Array(this.toBytes());
    if (dtype === "bfloat16") return bfloat16ToFloat32(new Uint16Array(this.toBytes()));
    const wide = outHandle("astype", (slot) =>
      c().mlx_astype(slot, this.handle, codeOf("float32"), streamHandle(undefined)),
    );
    try {
      return new Float32Array(copyBytes(wide, this.size * 4));
    } finally {
      c().mlx_array_free(wide);
    }
  }

  /** A copy of its elements as MLX stores them, in row-major order. */
  toBytes(): ArrayBuffer {
    return copyBytes(this.handle, this.nbytes);
  }

  /** The one element of an array of size 1: a bigint for 64-bit integers, the real part of a complex number. */
  item(): number | bigint | boolean {
    if (this.size !== 1) throw new MlxError("item", `the array has ${this.size} elements, not one`);
    const value = this.toTypedArray()[0]!;
    return this.dtype === "bool" ? value === 1 : value;
  }

  /** Nested lists of its elements; a complex number becomes a pair. For tests and small arrays. */
  tolist(): Nested {
    const flat: Nested[] = Array.from(this.toTypedArray() as Float32Array);
    const shape = this.dtype === "complex64" ? [...this.shape, 2] : this.shape;
    return nest(this.dtype === "bool" ? flat.map((value) => value === 1) : flat, shape);
  }

  /** MLX's own rendering. */
  override toString(): string {
    return textFrom("tostring", (slot) => c().mlx_array_tostring(slot, this.handle));
  }
}

/** Wraps the handle that a function writes. @param shape of the result, where it is known */
export function arrayFrom(operation: string, call: Parameters<typeof outHandle>[1], shape?: Shape): MlxArray {
  return new MlxArray(outHandle(operation, call), shape);
}

function readShape(handle: Handle): Shape {
  const ndim = Number(c().mlx_array_ndim(handle));
  if (ndim === 0) return [];
  const address = checkHandle(c().mlx_array_shape(handle), "shape");
  const shape: number[] = [];
  for (let axis = 0; axis < ndim; axis++) shape.push(read.i32(address, axis * 4));
  return shape;
}

/** Evaluates, and copies `nbytes` in row-major order. The raw buffer of a strided array is in another order. */
function copyBytes(handle: Handle, nbytes: number): ArrayBuffer {
  check(c().mlx_array_eval(handle), "eval");
  if (nbytes === 0) return new ArrayBuffer(0);
  if (outNumber("is_row_contiguous", (slot) => c()._mlx_array_is_row_contiguous(slot, handle)) !== 0) {
    return copyRaw(handle, nbytes);
  }
  const packed = outHandle("contiguous", (slot) => c().mlx_contiguous(slot, handle, false, streamHandle(undefined)));
  try {
    check(c().mlx_array_eval(packed), "eval");
    return copyRaw(packed, nbytes);
  } finally {
    c().mlx_array_free(packed);
  }
}

function copyRaw(handle: Handle, nbytes: number): ArrayBuffer {
  // The element type of the accessor does not change the address; the 16-bit ones do not exist on x86-64.
  const address = checkHandle(c().mlx_array_data_uint8(handle), "data");
  return toArrayBuffer(address, 0, nbytes).slice(0);
}

function nest(flat: Nested[], shape: Shape): Nested {
  const [length, ...rest] = shape;
  if (length === undefined) return flat[0]!;
  if (rest.length === 0) return flat;
  const step = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), rest));
}
