/** mlx/c/memory.h */
import type { FFIFunction } from "bun:ffi";
import { out, size, status } from "../types.ts";

export const memorySymbols = {
  mlx_clear_cache: { args: [], returns: status }, // int mlx_clear_cache(void)
  mlx_get_active_memory: { args: [out], returns: status }, // int mlx_get_active_memory(size_t* res)
  mlx_get_cache_memory: { args: [out], returns: status }, // int mlx_get_cache_memory(size_t* res)
  mlx_get_memory_limit: { args: [out], returns: status }, // int mlx_get_memory_limit(size_t* res)
  mlx_get_peak_memory: { args: [out], returns: status }, // int mlx_get_peak_memory(size_t* res)
  mlx_reset_peak_memory: { args: [], returns: status }, // int mlx_reset_peak_memory(void)
  mlx_set_cache_limit: { args: [out, size], returns: status }, // int mlx_set_cache_limit(size_t* res, size_t limit)
  mlx_set_memory_limit: { args: [out, size], returns: status }, // int mlx_set_memory_limit(size_t* res, size_t limit)
  mlx_set_wired_limit: { args: [out, size], returns: status }, // int mlx_set_wired_limit(size_t* res, size_t limit)
} as const satisfies Record<string, FFIFunction>;
