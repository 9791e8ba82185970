/** mlx/c/io_types.h */
import type { FFIFunction } from "bun:ffi";
import { array, gguf, out, reader, status, text, vector, writer } from "../types.ts";

export const ioTypesSymbols = {
  mlx_io_reader_descriptor: { args: [out, reader], returns: status }, // int mlx_io_reader_descriptor(void** desc_, mlx_io_reader io)
  mlx_io_reader_tostring: { args: [out, reader], returns: status }, // int mlx_io_reader_tostring(mlx_string* str_, mlx_io_reader io)
  mlx_io_reader_free: { args: [reader], returns: status }, // int mlx_io_reader_free(mlx_io_reader io)
  mlx_io_writer_descriptor: { args: [out, writer], returns: status }, // int mlx_io_writer_descriptor(void** desc_, mlx_io_writer io)
  mlx_io_writer_tostring: { args: [out, writer], returns: status }, // int mlx_io_writer_tostring(mlx_string* str_, mlx_io_writer io)
  mlx_io_writer_free: { args: [writer], returns: status }, // int mlx_io_writer_free(mlx_io_writer io)
  mlx_io_gguf_new: { args: [], returns: gguf }, // mlx_io_gguf mlx_io_gguf_new(void)
  mlx_io_gguf_free: { args: [gguf], returns: status }, // int mlx_io_gguf_free(mlx_io_gguf io)
  mlx_io_gguf_get_keys: { args: [out, gguf], returns: status }, // int mlx_io_gguf_get_keys(mlx_vector_string* keys, mlx_io_gguf io)
  mlx_io_gguf_get_array: { args: [out, gguf, text], returns: status }, // int mlx_io_gguf_get_array(mlx_array* arr, mlx_io_gguf io, const char* key)
  mlx_io_gguf_get_metadata_array: { args: [out, gguf, text], returns: status }, // int mlx_io_gguf_get_metadata_array(mlx_array* arr, mlx_io_gguf io, const char* key)
  mlx_io_gguf_get_metadata_string: { args: [out, gguf, text], returns: status }, // int mlx_io_gguf_get_metadata_string(mlx_string* str, mlx_io_gguf io, const char* key)
  mlx_io_gguf_get_metadata_vector_string: { args: [out, gguf, text], returns: status }, // int mlx_io_gguf_get_metadata_vector_string(mlx_vector_string* vstr, mlx_io_gguf io, const char* key)
  mlx_io_gguf_has_metadata_array: { args: [out, gguf, text], returns: status }, // int mlx_io_gguf_has_metadata_array(bool* flag, mlx_io_gguf io, const char* key)
  mlx_io_gguf_has_metadata_string: { args: [out, gguf, text], returns: status }, // int mlx_io_gguf_has_metadata_string(bool* flag, mlx_io_gguf io, const char* key)
  mlx_io_gguf_has_metadata_vector_string: { args: [out, gguf, text], returns: status }, // int mlx_io_gguf_has_metadata_vector_string(bool* flag, mlx_io_gguf io, const char* key)
  mlx_io_gguf_set_array: { args: [gguf, text, array], returns: status }, // int mlx_io_gguf_set_array(mlx_io_gguf io, const char* key, const mlx_array arr)
  mlx_io_gguf_set_metadata_array: { args: [gguf, text, array], returns: status }, // int mlx_io_gguf_set_metadata_array(mlx_io_gguf io, const char* key, const mlx_array marr)
  mlx_io_gguf_set_metadata_string: { args: [gguf, text, text], returns: status }, // int mlx_io_gguf_set_metadata_string(mlx_io_gguf io, const char* key, const char* mstr)
  mlx_io_gguf_set_metadata_vector_string: { args: [gguf, text, vector], returns: status }, // int mlx_io_gguf_set_metadata_vector_string(mlx_io_gguf io, const char* key, const mlx_vector_string mvstr)
} as const satisfies Record<string, FFIFunction>;
