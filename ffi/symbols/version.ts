/** mlx/c/version.h */
import type { FFIFunction } from "bun:ffi";
import { out, status } from "../types.ts";

export const versionSymbols = {
  mlx_version: { args: [out], returns: status }, // int mlx_version(mlx_string* str_)
} as const satisfies Record<string, FFIFunction>;
