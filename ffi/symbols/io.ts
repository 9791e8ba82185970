/** mlx/c/io.h */
import type { FFIFunction } from "bun:ffi";
import { array, gguf, map, out, reader, status, stream, text, writer } from "../types.ts";

export const ioSymbols = {
  mlx_load_reader: { args: [out, reader, stream], returns: status }, // int mlx_load_reader(mlx_array* res, mlx_io_reader in_stream, const mlx_stream s)
  mlx_load: { args: [out, text, stream], returns: status }, // int mlx_load(mlx_array* res, const char* file, const mlx_stream s)
  mlx_load_gguf: { args: [out, text, stream], returns: status }, // int mlx_load_gguf(mlx_io_gguf* gguf, const char* file, const mlx_stream s)
  mlx_load_safetensors_reader: { args: [out, out, reader, stream], returns: status }, // int mlx_load_safetensors_reader(mlx_map_string_to_array* res_0, mlx_map_string_to_string* res_1, mlx_io_reader in_stream, const mlx_stream s)
  mlx_load_safetensors: { args: [out, out, text, stream], returns: status }, // int mlx_load_safetensors(mlx_map_string_to_array* res_0, mlx_map_string_to_string* res_1, const char* file, const mlx_stream s)
  mlx_save_writer: { args: [writer, array], returns: status }, // int mlx_save_writer(mlx_io_writer out_stream, const mlx_array a)
  mlx_save: { args: [text, array], returns: status }, // int mlx_save(const char* file, const mlx_array a)
  mlx_save_gguf: { args: [text, gguf], returns: status }, // int mlx_save_gguf(const char* file, mlx_io_gguf gguf)
  mlx_save_safetensors_writer: { args: [writer, map, map], returns: status }, // int mlx_save_safetensors_writer(mlx_io_writer in_stream, const mlx_map_string_to_array param, const mlx_map_string_to_string metadata)
  mlx_save_safetensors: { args: [text, map, map], returns: status }, // int mlx_save_safetensors(const char* file, const mlx_map_string_to_array param, const mlx_map_string_to_string metadata)
} as const satisfies Record<string, FFIFunction>;
