/** Derivatives of JavaScript functions of arrays. */
import { handleIn, newSlot, outHandle } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import { defineHandleKind, NativeHandle } from "../../ffi/memory.ts";
import type { Handle } from "../../ffi/types.ts";
import type { MlxArray } from "./array.ts";
import { type ArrayFunction, Closure, checkCall, derivedClosure } from "./closure.ts";
import { ArrayVector, intsOf } from "./ops/call.ts";
import { c } from "./runtime.ts";

const gradientKind = defineHandleKind("closure of gradients", (handle) => c().mlx_closure_value_and_grad_free(handle));

export interface ValueAndGradients {
  /** What the function returned. */
  values: MlxArray[];
  /** Derivatives of the first value by each chosen input. */
  gradients: MlxArray[];
}

/** A function with its gradients, to be applied many times. Free it with `dispose` or `using`. */
export class ValueAndGrad implements Disposable {
  readonly #fn: Closure;
  readonly #native: NativeHandle;

  constructor(fn: ArrayFunction, argnums: readonly number[]) {
    this.#fn = new Closure((inputs) => withValue(fn(inputs)));
    const numbers = intsOf(argnums);
    try {
      this.#native = new NativeHandle(
        gradientKind,
        outHandle("value_and_grad", (slot) => c().mlx_value_and_grad(slot, this.#fn.handle, numbers, numbers.length)),
      );
    } catch (error) {
      this.#fn.dispose();
      throw error;
    }
  }

  apply(inputs: readonly MlxArray[]): ValueAndGradients {
    using vector = ArrayVector.of(inputs);
    const native = this.#native.handle;
    const [values, gradients] = twoVectors("value_and_grad", (first, second) =>
      c().mlx_closure_value_and_grad_apply(first, second, native, vector.handle),
    );
    return { values, gradients };
  }

  dispose(): void {
    this.#native.dispose();
    this.#fn.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * The values of `fn` and the derivatives of its first value, one number, by the inputs at `argnums`.
 * What `fn` throws, `apply` throws.
 */
export function valueAndGrad(fn: ArrayFunction, argnums: readonly number[] = [0]): ValueAndGrad {
  return new ValueAndGrad(fn, argnums);
}

function withValue(values: readonly MlxArray[]): readonly MlxArray[] {
  if (values?.length === 0) throw new MlxError("value_and_grad", "the function returned no value to differentiate");
  return values;
}

/** A native closure that is applied to lists of arrays. Free it with `dispose` or `using`. */
export class AppliedClosure implements Disposable {
  readonly #fn: Closure;
  readonly #operation: string;
  readonly #native: NativeHandle;

  constructor(operation: string, fn: ArrayFunction, derive: (slot: Uint32Array, closure: Handle) => number) {
    this.#operation = operation;
    this.#fn = new Closure(fn);
    try {
      this.#native = derivedClosure(outHandle(operation, (slot) => derive(slot, this.#fn.handle)));
    } catch (error) {
      this.#fn.dispose();
      throw error;
    }
  }

  apply(inputs: readonly MlxArray[]): MlxArray[] {
    using vector = ArrayVector.of(inputs);
    const slot = newSlot();
    checkCall(c().mlx_closure_apply(slot, this.#native.handle, vector.handle), this.#operation);
    using outputs = new ArrayVector(handleIn(slot));
    return outputs.toArrays();
  }

  dispose(): void {
    this.#native.dispose();
    this.#fn.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * `fn` with its inner values computed again in the backward pass instead of kept: less memory, more time. The graph
 * calls it then, so dispose of it only after the gradients were taken.
 */
export function checkpoint(fn: ArrayFunction): AppliedClosure {
  return new AppliedClosure("checkpoint", fn, (slot, closure) => c().mlx_checkpoint(slot, closure));
}

/** Values, and the product of `cotangents` with the Jacobian. */
export function vjp(
  fn: ArrayFunction,
  primals: readonly MlxArray[],
  cotangents: readonly MlxArray[],
): [values: MlxArray[], products: MlxArray[]] {
  return product("vjp", fn, primals, cotangents);
}

/** Values, and the product of the Jacobian with `tangents`. */
export function jvp(
  fn: ArrayFunction,
  primals: readonly MlxArray[],
  tangents: readonly MlxArray[],
): [values: MlxArray[], products: MlxArray[]] {
  return product("jvp", fn, primals, tangents);
}

function product(
  operation: "vjp" | "jvp",
  fn: ArrayFunction,
  primals: readonly MlxArray[],
  directions: readonly MlxArray[],
): [MlxArray[], MlxArray[]] {
  using closure = new Closure(fn);
  using at = ArrayVector.of(primals);
  using along = ArrayVector.of(directions);
  return twoVectors(operation, (first, second) =>
    c()[`mlx_${operation}`](first, second, closure.handle, at.handle, along.handle),
  );
}

/** The arrays of a function that writes two vectors. */
function twoVectors(
  operation: string,
  call: (first: Uint32Array, second: Uint32Array) => number,
): [MlxArray[], MlxArray[]] {
  const [first, second] = [newSlot(), newSlot()];
  checkCall(call(first, second), operation);
  using one = new ArrayVector(handleIn(first));
  using two = new ArrayVector(handleIn(second));
  return [one.toArrays(), two.toArrays()];
}
