/** The shapes that most of MLX's functions share, so that each operation is said once. */
import { checkHandle, outHandle, type Slot } from "../../../ffi/call.ts";
import { defineHandleKind, NativeHandle } from "../../../ffi/memory.ts";
import type { opsSymbols } from "../../../ffi/symbols/ops.ts";
import type { array, Handle, out, stream } from "../../../ffi/types.ts";
import { arrayFrom, MlxArray } from "../array.ts";
import { type Operand, scalarHandle } from "../create.ts";
import { type Stream, streamHandle } from "../device.ts";
import { codeOf } from "../dtype.ts";
import { c } from "../runtime.ts";

type Table = typeof opsSymbols;

/** Names of the operations whose table row has exactly these arguments. */
type Taking<Args extends readonly string[]> = {
  [K in keyof Table]: Table[K]["args"] extends Args ? K : never;
}[keyof Table];

type UnaryName = Taking<readonly [typeof out, typeof array, typeof stream]>;
type BinaryName = Taking<readonly [typeof out, typeof array, typeof array, typeof stream]>;

/** `int mlx_x(mlx_array* res, mlx_array a, mlx_stream s)`. */
export function unary(name: UnaryName): (a: MlxArray, stream?: Stream) => MlxArray {
  const operation = operationOf(name);
  return (a, stream) => arrayFrom(operation, (slot) => c()[name](slot, a.handle, streamHandle(stream)));
}

/** `int mlx_x(mlx_array* res, mlx_array a, mlx_array b, mlx_stream s)`; a number stands for an array. */
export function binary(name: BinaryName): (a: Operand, b: Operand, stream?: Stream) => MlxArray {
  const operation = operationOf(name);
  return (a, b, stream) =>
    withOperands(a, b, (left, right) =>
      arrayFrom(operation, (slot) => c()[name](slot, left, right, streamHandle(stream))),
    );
}

/** Runs `use` with the handles of two operands, of which a plain number adopts the other's element type. */
export function withOperands<T>(a: Operand, b: Operand, use: (a: Handle, b: Handle) => T): T {
  if (a instanceof MlxArray) {
    if (b instanceof MlxArray) return use(a.handle, b.handle);
    return withScalar(b, a, (right) => use(a.handle, right));
  }
  if (b instanceof MlxArray) return withScalar(a, b, (left) => use(left, b.handle));
  return withScalar(a, undefined, (left) => withScalar(b, undefined, (right) => use(left, right)));
}

/** Runs `use` with the handle of an operand; a number becomes an array of the other's element type for that time. */
export function withOperand<T>(value: Operand, other: MlxArray | undefined, use: (handle: Handle) => T): T {
  return value instanceof MlxArray ? use(value.handle) : withScalar(value, other, use);
}

function withScalar<T>(value: number | boolean, other: MlxArray | undefined, use: (handle: Handle) => T): T {
  const handle = scalarHandle(value, other?.dtype);
  try {
    return use(handle);
  } finally {
    c().mlx_array_free(handle);
  }
}

/** `mlx_logical_and` is reported as `logical_and`. */
export function operationOf(name: string): string {
  return name.slice("mlx_".length);
}

const vectorKind = defineHandleKind("vector of arrays", (handle) => c().mlx_vector_array_free(handle));

/** A native list of arrays; short-lived, made with `using`. */
export class ArrayVector extends NativeHandle {
  constructor(handle: Handle) {
    super(vectorKind, handle);
  }

  static of(arrays: readonly MlxArray[]): ArrayVector {
    const handles = handlesOf(arrays);
    return new ArrayVector(checkHandle(c().mlx_vector_array_new_data(handles, handles.length), "vector_array_new"));
  }

  toArrays(): MlxArray[] {
    return arraysOfVector(this.handle);
  }
}

/** Handles one after another, as `const mlx_array*`. */
export function handlesOf(arrays: readonly MlxArray[]): BigUint64Array<ArrayBuffer> {
  const handles = new BigUint64Array(arrays.length);
  const halves = new Uint32Array(handles.buffer);
  arrays.forEach(({ handle }, i) => {
    halves[2 * i] = handle % 0x1_0000_0000;
    halves[2 * i + 1] = handle / 0x1_0000_0000;
  });
  return handles;
}

/** The arrays of a native list, each as a new handle; the list stays whose it is. */
export function arraysOfVector(vector: Handle): MlxArray[] {
  const size = Number(c().mlx_vector_array_size(vector));
  return Array.from({ length: size }, (_, i) =>
    arrayFrom("vector_array_get", (slot) => c().mlx_vector_array_get(slot, vector, i)),
  );
}

/** The arrays of a function that writes a vector of them. */
export function arraysFrom(operation: string, call: (slot: Slot) => number): MlxArray[] {
  using vector = new ArrayVector(outHandle(operation, call));
  return vector.toArrays();
}

/**
 * The array itself, or zeros of its shape and type when it has no elements: on a CPU MLX 0.32.2 divides by the length
 * of an axis when it sorts or scans, and ends the process when that is 0.
 */
export function unlessEmpty(result: MlxArray, stream: Stream | undefined): MlxArray {
  if (result.size !== 0) return result;
  const { shape, dtype } = result;
  result.dispose();
  return arrayFrom("zeros", (slot) =>
    c().mlx_zeros(slot, intsOf(shape), shape.length, codeOf(dtype), streamHandle(stream)),
  );
}

/** Axes as C takes them. */
export function intsOf(values: readonly number[]): Int32Array<ArrayBuffer> {
  return new Int32Array(values);
}
