/** mlx/c/device.h */
import type { FFIFunction } from "bun:ffi";
import { bool, device, deviceInfo, deviceType, int, out, status, text } from "../types.ts";

export const deviceSymbols = {
  mlx_device_new: { args: [], returns: device }, // mlx_device mlx_device_new(void)
  mlx_device_new_type: { args: [deviceType, int], returns: device }, // mlx_device mlx_device_new_type(mlx_device_type type, int index)
  mlx_device_free: { args: [device], returns: status }, // int mlx_device_free(mlx_device dev)
  mlx_device_set: { args: [out, device], returns: status }, // int mlx_device_set(mlx_device* dev, const mlx_device src)
  mlx_device_tostring: { args: [out, device], returns: status }, // int mlx_device_tostring(mlx_string* str, mlx_device dev)
  mlx_device_equal: { args: [device, device], returns: bool }, // bool mlx_device_equal(mlx_device lhs, mlx_device rhs)
  mlx_device_get_index: { args: [out, device], returns: status }, // int mlx_device_get_index(int* index, mlx_device dev)
  mlx_device_get_type: { args: [out, device], returns: status }, // int mlx_device_get_type(mlx_device_type* type, mlx_device dev)
  mlx_get_default_device: { args: [out], returns: status }, // int mlx_get_default_device(mlx_device* dev)
  mlx_set_default_device: { args: [device], returns: status }, // int mlx_set_default_device(mlx_device dev)
  mlx_device_is_available: { args: [out, device], returns: status }, // int mlx_device_is_available(bool* avail, mlx_device dev)
  mlx_device_count: { args: [out, deviceType], returns: status }, // int mlx_device_count(int* count, mlx_device_type type)
  mlx_device_info_new: { args: [], returns: deviceInfo }, // mlx_device_info mlx_device_info_new(void)
  mlx_device_info_get: { args: [out, device], returns: status }, // int mlx_device_info_get(mlx_device_info* info, mlx_device dev)
  mlx_device_info_free: { args: [deviceInfo], returns: status }, // int mlx_device_info_free(mlx_device_info info)
  mlx_device_info_has_key: { args: [out, deviceInfo, text], returns: status }, // int mlx_device_info_has_key(bool* exists, mlx_device_info info, const char* key)
  mlx_device_info_is_string: { args: [out, deviceInfo, text], returns: status }, // int mlx_device_info_is_string(bool* is_string, mlx_device_info info, const char* key)
  mlx_device_info_get_string: { args: [out, deviceInfo, text], returns: status }, // int mlx_device_info_get_string(const char** value, mlx_device_info info, const char* key)
  mlx_device_info_get_size: { args: [out, deviceInfo, text], returns: status }, // int mlx_device_info_get_size(size_t* value, mlx_device_info info, const char* key)
  mlx_device_info_get_keys: { args: [out, deviceInfo], returns: status }, // int mlx_device_info_get_keys(mlx_vector_string* keys, mlx_device_info info)
} as const satisfies Record<string, FFIFunction>;
