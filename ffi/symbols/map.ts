/** mlx/c/map.h */
import type { FFIFunction } from "bun:ffi";
import { array, iterator, map, out, status, text } from "../types.ts";

export const mapSymbols = {
  mlx_map_string_to_array_new: { args: [], returns: map }, // mlx_map_string_to_array mlx_map_string_to_array_new(void)
  mlx_map_string_to_array_set: { args: [out, map], returns: status }, // int mlx_map_string_to_array_set(mlx_map_string_to_array* map, const mlx_map_string_to_array src)
  mlx_map_string_to_array_free: { args: [map], returns: status }, // int mlx_map_string_to_array_free(mlx_map_string_to_array map)
  mlx_map_string_to_array_insert: { args: [map, text, array], returns: status }, // int mlx_map_string_to_array_insert(mlx_map_string_to_array map, const char* key, const mlx_array value)
  mlx_map_string_to_array_get: { args: [out, map, text], returns: status }, // int mlx_map_string_to_array_get(mlx_array* value, const mlx_map_string_to_array map, const char* key)
  mlx_map_string_to_array_iterator_new: { args: [map], returns: iterator }, // mlx_map_string_to_array_iterator mlx_map_string_to_array_iterator_new(mlx_map_string_to_array map)
  mlx_map_string_to_array_iterator_free: { args: [iterator, map], returns: status }, // int mlx_map_string_to_array_iterator_free(mlx_map_string_to_array_iterator it)
  mlx_map_string_to_array_iterator_next: { args: [out, out, iterator, map], returns: status }, // int mlx_map_string_to_array_iterator_next(const char** key, mlx_array* value, mlx_map_string_to_array_iterator it)
  mlx_map_string_to_string_new: { args: [], returns: map }, // mlx_map_string_to_string mlx_map_string_to_string_new(void)
  mlx_map_string_to_string_set: { args: [out, map], returns: status }, // int mlx_map_string_to_string_set(mlx_map_string_to_string* map, const mlx_map_string_to_string src)
  mlx_map_string_to_string_free: { args: [map], returns: status }, // int mlx_map_string_to_string_free(mlx_map_string_to_string map)
  mlx_map_string_to_string_insert: { args: [map, text, text], returns: status }, // int mlx_map_string_to_string_insert(mlx_map_string_to_string map, const char* key, const char* value)
  mlx_map_string_to_string_get: { args: [out, map, text], returns: status }, // int mlx_map_string_to_string_get(const char** value, const mlx_map_string_to_string map, const char* key)
  mlx_map_string_to_string_iterator_new: { args: [map], returns: iterator }, // mlx_map_string_to_string_iterator mlx_map_string_to_string_iterator_new(mlx_map_string_to_string map)
  mlx_map_string_to_string_iterator_free: { args: [iterator, map], returns: status }, // int mlx_map_string_to_string_iterator_free(mlx_map_string_to_string_iterator it)
  mlx_map_string_to_string_iterator_next: { args: [out, out, iterator, map], returns: status }, // int mlx_map_string_to_string_iterator_next(const char** key, const char** value, mlx_map_string_to_string_iterator it)
} as const satisfies Record<string, FFIFunction>;
