/** mlx/c/compile.h */
import type { FFIFunction } from "bun:ffi";
import { bool, cache, closure, compileMode, out, size, status, uint64s, uintptr } from "../types.ts";

export const compileSymbols = {
  mlx_compile_cache_new: { args: [], returns: cache }, // mlx_compile_cache mlx_compile_cache_new()
  mlx_compile_cache_free: { args: [cache], returns: status }, // int mlx_compile_cache_free(mlx_compile_cache cache)
  mlx_compile: { args: [out, closure, bool], returns: status }, // int mlx_compile(mlx_closure* res, const mlx_closure fun, bool shapeless)
  mlx_detail_compile: { args: [out, closure, uintptr, bool, uint64s, size], returns: status }, // int mlx_detail_compile(mlx_closure* res, const mlx_closure fun, uintptr_t fun_id, bool shapeless, const uint64_t* constants, size_t constants_num)
  mlx_detail_compile_cache: { args: [out], returns: status }, // int mlx_detail_compile_cache(mlx_compile_cache* res)
  mlx_detail_compile_clear_cache: { args: [cache], returns: status }, // int mlx_detail_compile_clear_cache(const mlx_compile_cache cache)
  mlx_detail_compile_erase: { args: [cache, uintptr], returns: status }, // int mlx_detail_compile_erase(const mlx_compile_cache cache, uintptr_t fun_id)
  mlx_disable_compile: { args: [], returns: status }, // int mlx_disable_compile(void)
  mlx_enable_compile: { args: [], returns: status }, // int mlx_enable_compile(void)
  mlx_set_compile_mode: { args: [compileMode], returns: status }, // int mlx_set_compile_mode(mlx_compile_mode mode)
} as const satisfies Record<string, FFIFunction>;
