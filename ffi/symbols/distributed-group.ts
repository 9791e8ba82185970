/** mlx/c/distributed_group.h */
import type { FFIFunction } from "bun:ffi";
import { bool, group, int, nullableText, out, status } from "../types.ts";

export const distributedGroupSymbols = {
  mlx_distributed_group_new: { args: [], returns: group }, // mlx_distributed_group mlx_distributed_group_new(void)
  mlx_distributed_group_free: { args: [group], returns: status }, // int mlx_distributed_group_free(mlx_distributed_group group)
  mlx_distributed_init: { args: [out, bool, nullableText], returns: status }, // int mlx_distributed_init(mlx_distributed_group* res, bool strict, const char* bk /* may be null */)
  mlx_distributed_group_rank: { args: [group], returns: int }, // int mlx_distributed_group_rank(mlx_distributed_group group)
  mlx_distributed_group_size: { args: [group], returns: int }, // int mlx_distributed_group_size(mlx_distributed_group group)
  mlx_distributed_group_split: { args: [out, group, int, int], returns: status }, // int mlx_distributed_group_split(mlx_distributed_group* res, mlx_distributed_group group, int color, int key)
  mlx_distributed_is_available: { args: [nullableText], returns: bool }, // bool mlx_distributed_is_available(const char* bk /* may be null */)
} as const satisfies Record<string, FFIFunction>;
