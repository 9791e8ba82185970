/** mlx/c/stream.h */
import type { FFIFunction } from "bun:ffi";
import { bool, device, out, status, stream } from "../types.ts";

export const streamSymbols = {
  mlx_stream_new: { args: [], returns: stream }, // mlx_stream mlx_stream_new(void)
  mlx_stream_new_device: { args: [device], returns: stream }, // mlx_stream mlx_stream_new_device(mlx_device dev)
  mlx_stream_new_thread_unsafe: { args: [device], returns: stream }, // mlx_stream mlx_stream_new_thread_unsafe(mlx_device dev)
  mlx_stream_thread_local_new: { args: [device], returns: stream }, // mlx_stream_thread_local mlx_stream_thread_local_new(mlx_device dev)
  mlx_stream_thread_local_set: { args: [out, stream], returns: status }, // int mlx_stream_thread_local_set(mlx_stream_thread_local* tls, const mlx_stream_thread_local src)
  mlx_stream_thread_local_free: { args: [stream], returns: status }, // int mlx_stream_thread_local_free(mlx_stream_thread_local tls)
  mlx_stream_from_thread_local: { args: [out, stream], returns: status }, // int mlx_stream_from_thread_local(mlx_stream* res, const mlx_stream_thread_local tls)
  mlx_get_streams: { args: [out], returns: status }, // int mlx_get_streams(mlx_vector_stream* res)
  mlx_stream_set: { args: [out, stream], returns: status }, // int mlx_stream_set(mlx_stream* stream, const mlx_stream src)
  mlx_stream_free: { args: [stream], returns: status }, // int mlx_stream_free(mlx_stream stream)
  mlx_stream_tostring: { args: [out, stream], returns: status }, // int mlx_stream_tostring(mlx_string* str, mlx_stream stream)
  mlx_stream_equal: { args: [stream, stream], returns: bool }, // bool mlx_stream_equal(mlx_stream lhs, mlx_stream rhs)
  mlx_stream_get_device: { args: [out, stream], returns: status }, // int mlx_stream_get_device(mlx_device* dev, mlx_stream stream)
  mlx_stream_get_index: { args: [out, stream], returns: status }, // int mlx_stream_get_index(int* index, mlx_stream stream)
  mlx_synchronize: { args: [stream], returns: status }, // int mlx_synchronize(mlx_stream stream)
  mlx_synchronize_default: { args: [], returns: status }, // int mlx_synchronize_default(void)
  mlx_synchronize_thread_local: { args: [stream], returns: status }, // int mlx_synchronize_thread_local(mlx_stream_thread_local tls)
  mlx_clear_streams: { args: [], returns: status }, // int mlx_clear_streams(void)
  mlx_get_default_stream: { args: [out, device], returns: status }, // int mlx_get_default_stream(mlx_stream* stream, mlx_device dev)
  mlx_set_default_stream: { args: [stream], returns: status }, // int mlx_set_default_stream(mlx_stream stream)
  mlx_default_cpu_stream_new: { args: [], returns: stream }, // mlx_stream mlx_default_cpu_stream_new(void)
  mlx_default_gpu_stream_new: { args: [], returns: stream }, // mlx_stream mlx_default_gpu_stream_new(void)
} as const satisfies Record<string, FFIFunction>;
