/** mlx/c/error.h */
import type { FFIFunction } from "bun:ffi";
import { callback, nothing, pointer } from "../types.ts";

export const errorSymbols = {
  mlx_set_error_handler: { args: [callback, pointer, callback], returns: nothing }, // void mlx_set_error_handler(mlx_error_handler_func handler, void* data, void (*dtor)(void*))
} as const satisfies Record<string, FFIFunction>;
