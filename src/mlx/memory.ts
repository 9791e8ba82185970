/** Memory that MLX's allocator holds, in bytes. */
import { check, outNumber } from "../../ffi/call.ts";
import { c } from "./runtime.ts";

/** Held by arrays. */
export function activeMemory(): number {
  return outNumber("get_active_memory", (slot) => c().mlx_get_active_memory(slot));
}

/** The most that arrays held since the start or the last reset. */
export function peakMemory(): number {
  return outNumber("get_peak_memory", (slot) => c().mlx_get_peak_memory(slot));
}

export function resetPeakMemory(): void {
  check(c().mlx_reset_peak_memory(), "reset_peak_memory");
}

/** Freed buffers that are kept for the next array. */
export function cacheMemory(): number {
  return outNumber("get_cache_memory", (slot) => c().mlx_get_cache_memory(slot));
}

/** Gives freed buffers back to the system. */
export function clearCache(): void {
  check(c().mlx_clear_cache(), "clear_cache");
}

/** Limits how much is kept for reuse; returns the limit before. */
export function setCacheLimit(bytes: number): number {
  return outNumber("set_cache_limit", (slot) => c().mlx_set_cache_limit(slot, bytes));
}

export function memoryLimit(): number {
  return outNumber("get_memory_limit", (slot) => c().mlx_get_memory_limit(slot));
}

/** A guideline above which allocation waits for running work; returns the limit before. */
export function setMemoryLimit(bytes: number): number {
  return outNumber("set_memory_limit", (slot) => c().mlx_set_memory_limit(slot, bytes));
}

/** Memory kept resident for the GPU (Metal); returns the limit before. */
export function setWiredLimit(bytes: number): number {
  return outNumber("set_wired_limit", (slot) => c().mlx_set_wired_limit(slot, bytes));
}
