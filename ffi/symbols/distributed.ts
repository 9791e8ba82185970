/** mlx/c/distributed.h */
import type { FFIFunction } from "bun:ffi";
import { array, dtype, int, ints, nullableGroup, out, size, status, stream } from "../types.ts";

export const distributedSymbols = {
  mlx_distributed_all_gather: { args: [out, array, nullableGroup, stream], returns: status }, // int mlx_distributed_all_gather(mlx_array* res, const mlx_array x, const mlx_distributed_group group /* may be null */, const mlx_stream S)
  mlx_distributed_all_max: { args: [out, array, nullableGroup, stream], returns: status }, // int mlx_distributed_all_max(mlx_array* res, const mlx_array x, const mlx_distributed_group group /* may be null */, const mlx_stream s)
  mlx_distributed_all_min: { args: [out, array, nullableGroup, stream], returns: status }, // int mlx_distributed_all_min(mlx_array* res, const mlx_array x, const mlx_distributed_group group /* may be null */, const mlx_stream s)
  mlx_distributed_all_sum: { args: [out, array, nullableGroup, stream], returns: status }, // int mlx_distributed_all_sum(mlx_array* res, const mlx_array x, const mlx_distributed_group group /* may be null */, const mlx_stream s)
  mlx_distributed_recv: { args: [out, ints, size, dtype, int, nullableGroup, stream], returns: status }, // int mlx_distributed_recv(mlx_array* res, const int* shape, size_t shape_num, mlx_dtype dtype, int src, const mlx_distributed_group group /* may be null */, const mlx_stream s)
  mlx_distributed_recv_like: { args: [out, array, int, nullableGroup, stream], returns: status }, // int mlx_distributed_recv_like(mlx_array* res, const mlx_array x, int src, const mlx_distributed_group group /* may be null */, const mlx_stream s)
  mlx_distributed_send: { args: [out, array, int, nullableGroup, stream], returns: status }, // int mlx_distributed_send(mlx_array* res, const mlx_array x, int dst, const mlx_distributed_group group /* may be null */, const mlx_stream s)
  mlx_distributed_sum_scatter: { args: [out, array, nullableGroup, stream], returns: status }, // int mlx_distributed_sum_scatter(mlx_array* res, const mlx_array x, const mlx_distributed_group group /* may be null */, const mlx_stream s)
} as const satisfies Record<string, FFIFunction>;
