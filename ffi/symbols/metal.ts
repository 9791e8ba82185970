/** mlx/c/metal.h */
import type { FFIFunction } from "bun:ffi";
import { out, status, text } from "../types.ts";

export const metalSymbols = {
  mlx_metal_get_metallib_path: { args: [out], returns: status }, // int mlx_metal_get_metallib_path(mlx_string* res)
  mlx_metal_is_available: { args: [out], returns: status }, // int mlx_metal_is_available(bool* res)
  mlx_metal_set_metallib_path: { args: [text], returns: status }, // int mlx_metal_set_metallib_path(const char* path)
  mlx_metal_start_capture: { args: [text], returns: status }, // int mlx_metal_start_capture(const char* path)
  mlx_metal_stop_capture: { args: [], returns: status }, // int mlx_metal_stop_capture(void)
} as const satisfies Record<string, FFIFunction>;
