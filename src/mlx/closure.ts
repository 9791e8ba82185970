/** JavaScript functions that MLX calls: to differentiate them, to trace them, to run them again in the backward pass. */
import { JSCallback } from "bun:ffi";
import { check, checkHandle, takeError } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import { defineHandleKind, NativeHandle, tidy } from "../../ffi/memory.ts";
import type { Handle } from "../../ffi/types.ts";
import type { MlxArray } from "./array.ts";
import { arraysOfVector, handlesOf } from "./ops/call.ts";
import { c } from "./runtime.ts";

/** A pure function of arrays. What it makes inside is freed after it; what it returns is copied out. */
export type ArrayFunction = (inputs: MlxArray[]) => readonly MlxArray[];

const closureKind = defineHandleKind("closure", (handle) => c().mlx_closure_free(handle));

/** What the last function threw, until the call that ran it reports it. MLX calls functions on this thread only. */
let thrown: { error: unknown } | undefined;

/** A JavaScript function as a native closure. Dispose of it when nothing will call it any more. */
export class Closure implements Disposable {
  readonly #callback: JSCallback;
  readonly #native: NativeHandle;

  constructor(fn: ArrayFunction) {
    this.#callback = new JSCallback((result: Handle, inputs: Handle) => run(fn, result, inputs), {
      args: ["ptr", "ptr"],
      returns: "i32",
    });
    const address = this.#callback.ptr as Handle;
    this.#native = new NativeHandle(
      closureKind,
      checkHandle(c().mlx_closure_new_func(address) as Handle, "closure_new_func"),
    );
  }

  get handle(): Handle {
    return this.#native.handle;
  }

  dispose(): void {
    if (this.#native.isDisposed) return;
    this.#native.dispose();
    this.#callback.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A native closure that MLX made of another one. */
export function derivedClosure(handle: Handle): NativeHandle {
  return new NativeHandle(closureKind, handle);
}

/**
 * Runs the function for MLX. An exception must not cross native frames: it is kept, and the status tells MLX to stop.
 */
function run(fn: ArrayFunction, result: Handle, inputs: Handle): number {
  try {
    tidy(() => {
      const outputs = fn(arraysOfVector(inputs));
      if (!Array.isArray(outputs)) throw new MlxError("closure", "the function returned no list of arrays");
      const handles = handlesOf(outputs);
      check(c().mlx_vector_array_set_data(result, handles, handles.length), "vector_array_set_data");
    });
    return 0;
  } catch (error) {
    thrown = { error };
    return 1;
  }
}

/** Throws what the function threw, or else MLX's error, unless the status is 0. */
export function checkCall(status: number, operation: string): void {
  if (status === 0) return;
  const error = takeError(operation);
  const cause = thrown;
  thrown = undefined;
  throw cause ? cause.error : error;
}
