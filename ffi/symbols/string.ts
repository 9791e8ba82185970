/** mlx/c/string.h */
import type { FFIFunction } from "bun:ffi";
import { out, status, string, text } from "../types.ts";

export const stringSymbols = {
  mlx_string_new: { args: [], returns: string }, // mlx_string mlx_string_new(void)
  mlx_string_new_data: { args: [text], returns: string }, // mlx_string mlx_string_new_data(const char* str)
  mlx_string_set: { args: [out, string], returns: status }, // int mlx_string_set(mlx_string* str, const mlx_string src)
  mlx_string_data: { args: [string], returns: text }, // const char* mlx_string_data(mlx_string str)
  mlx_string_free: { args: [string], returns: status }, // int mlx_string_free(mlx_string str)
} as const satisfies Record<string, FFIFunction>;
