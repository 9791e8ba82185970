/**
 * Calls into mlx-c: statuses to errors, results through out-parameters, texts that are safe to hand over.
 *
 * Native code writes a result into a typed array that is passed as the argument itself. A stored pointer to one must
 * never be used: compiled code then reads old values (Bun 1.4.5; `test/ffi/call.test.ts` makes 300,000 calls).
 */
import { CString, JSCallback } from "bun:ffi";
import { MlxError } from "./errors.ts";
import type { Handle } from "./types.ts";

/** The part of the library that error handling needs. */
interface ErrorSymbols {
  mlx_set_error_handler(handler: Handle, data: null, destructor: null): void;
}

let handler: JSCallback | undefined;
let lastText: string | undefined;

/**
 * Installs the handler that keeps MLX's text for the next `check`. mlx-c's own prints and exits the process, so this
 * comes before any other call. One handler serves the process, on the thread that calls MLX; it lives as long as that.
 */
export function installErrorHandler(symbols: ErrorSymbols): void {
  handler ??= new JSCallback(
    (text: unknown) => {
      lastText = String(text);
    },
    { args: ["cstring", "ptr"], returns: "void" },
  );
  symbols.mlx_set_error_handler(handler.ptr as Handle, null, null);
}

/** The error that the last failing call left, as an `MlxError` of this operation. */
export function takeError(operation: string): MlxError {
  const text = lastText ?? "failed without a message";
  lastText = undefined;
  // mlx-c appends " at <source file>:<line>" of its own build, which says nothing to our users.
  return new MlxError(operation, text.replace(/ at \S*\.(?:cpp|h):\d+$/, ""));
}

/** Throws MLX's error unless the status is 0. */
export function check(status: number, operation: string): void {
  if (status !== 0) throw takeError(operation);
}

/** A handle made by a constructor, which reports failure by an empty handle. */
export function checkHandle(handle: Handle | bigint | null, operation: string): Handle {
  if (!handle) throw takeError(operation);
  return handle as Handle;
}

/** A slot for one handle or one 64-bit number: native code writes it, `handleIn` and `numberIn` read it. */
export type Slot = Uint32Array<ArrayBuffer>;

/**
 * A fresh, empty slot. Each call takes its own: mlx-c assigns into the object that a used slot names, and a callback
 * or an argument that makes a call of its own would fill a shared one.
 */
export function newSlot(): Slot {
  return new Uint32Array(2);
}

/** The 64-bit value in a slot as a number; addresses and sizes fit 53 bits. */
export function numberIn(slot: Slot): number {
  return slot[1]! * 0x1_0000_0000 + slot[0]!;
}

/** The handle in a slot. */
export function handleIn(slot: Slot): Handle {
  return numberIn(slot) as Handle;
}

/** Calls a function that writes one handle, and returns that. */
export function outHandle(operation: string, call: (slot: Slot) => number): Handle {
  return outNumber(operation, call) as Handle;
}

/** Calls a function that writes one `size_t`, `int` (not negative) or `bool`. */
export function outNumber(operation: string, call: (slot: Slot) => number): number {
  const slot = spare.pop() ?? newSlot();
  const status = call(slot);
  const result = numberIn(slot);
  // After an exception it is left to the collector.
  slot[0] = slot[1] = 0;
  spare.push(slot);
  if (status !== 0) throw takeError(operation);
  return result;
}

/** Empty slots that no call is using. */
const spare: Slot[] = [];

/** A copy of the NUL-terminated UTF-8 at an address. */
export function readText(address: Handle): string {
  return new CString(address).toString();
}

/** A text that C takes whole: no NUL, which would end it, and no lone surrogate, which UTF-8 does not have. */
export function cText(text: string, operation: string): string {
  if (text.includes("\0")) throw new MlxError(operation, `${JSON.stringify(text)} holds a NUL character`);
  if (!text.isWellFormed()) throw new MlxError(operation, `${JSON.stringify(text)} is not well-formed Unicode`);
  return text;
}

/**
 * A text that an error may quote, such as a path. mlx-c runs its error texts through printf, so a `%` in one would read
 * the stack and crash.
 */
export function safeText(text: string, operation: string): string {
  if (text.includes("%")) {
    throw new MlxError(operation, `${JSON.stringify(text)} holds a "%", which mlx-c cannot take`);
  }
  return cText(text, operation);
}
