/** Arrays in files: safetensors and NumPy's npy. Loaded arrays are read from the file when they are first evaluated. */
import { check, cText, handleIn, newSlot, outHandle, readText, type Slot } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import { defineHandleKind, NativeHandle } from "../../ffi/memory.ts";
import type { Handle } from "../../ffi/types.ts";
import { MlxArray } from "./array.ts";
import { cpuStream } from "./device.ts";
import { checkNpy } from "./npy-header.ts";
import { c } from "./runtime.ts";
import { withPlainPath } from "./safe-path.ts";
import { checkSafetensors } from "./safetensors-header.ts";

export interface Safetensors {
  tensors: Map<string, MlxArray>;
  /** The file's `__metadata__`. */
  metadata: Map<string, string>;
}

const arrayMapKind = defineHandleKind("map of arrays", (handle) => c().mlx_map_string_to_array_free(handle));
const textMapKind = defineHandleKind("map of texts", (handle) => c().mlx_map_string_to_string_free(handle));

/** The arrays and metadata of a safetensors file, in no particular order. */
export function loadSafetensors(path: string): Safetensors {
  checkSafetensors(path);
  return withPlainPath("load_safetensors", path, (plain) => {
    const tensors = newSlot();
    const metadata = newSlot();
    check(c().mlx_load_safetensors(tensors, metadata, plain, cpuStream().handle), "load_safetensors");
    using arrays = new NativeHandle(arrayMapKind, handleIn(tensors));
    using texts = new NativeHandle(textMapKind, handleIn(metadata));
    return { tensors: arraysOf(arrays.handle), metadata: textsOf(texts.handle) };
  });
}

/** Writes arrays, evaluated first, under a name that ends in `.safetensors`. */
export function saveSafetensors(
  path: string,
  tensors: Iterable<readonly [name: string, array: MlxArray]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): void {
  using arrays = new NativeHandle(arrayMapKind, c().mlx_map_string_to_array_new() as Handle);
  using texts = new NativeHandle(textMapKind, c().mlx_map_string_to_string_new() as Handle);
  for (const [name, array] of tensors) {
    const key = cText(name, "save_safetensors");
    check(c().mlx_map_string_to_array_insert(arrays.handle, key, array.handle), "save_safetensors");
  }
  for (const [key, value] of metadata) {
    const pair = [cText(key, "save_safetensors"), cText(value, "save_safetensors")] as const;
    check(c().mlx_map_string_to_string_insert(texts.handle, ...pair), "save_safetensors");
  }
  requireExtension("save_safetensors", path, ".safetensors");
  withPlainPath("save_safetensors", path, (plain) =>
    check(c().mlx_save_safetensors(plain, arrays.handle, texts.handle), "save_safetensors"),
  );
}

/** The array of an npy file. */
export function load(path: string): MlxArray {
  checkNpy(path);
  return withPlainPath("load", path, (plain) => {
    return new MlxArray(outHandle("load", (slot) => c().mlx_load(slot, plain, cpuStream().handle)));
  });
}

/** Writes an array, evaluated first, under a name that ends in `.npy`. */
export function save(path: string, array: MlxArray): void {
  requireExtension("save", path, ".npy");
  withPlainPath("save", path, (plain) => check(c().mlx_save(plain, array.handle), "save"));
}

/** MLX would add the extension, and so write another file than the one that was named. */
function requireExtension(operation: string, path: string, extension: string): void {
  if (!path.endsWith(extension)) {
    throw new MlxError(operation, `the name does not end in ${extension}`, { where: path });
  }
}

const end = 2;

function arraysOf(map: Handle): Map<string, MlxArray> {
  const found = new Map<string, MlxArray>();
  const iterator = c().mlx_map_string_to_array_iterator_new(map) as Handle;
  try {
    for (;;) {
      const [key, value]: [Slot, Slot] = [newSlot(), newSlot()];
      const status = c().mlx_map_string_to_array_iterator_next(key, value, iterator, map);
      if (status === end) return found;
      check(status, "map iteration");
      found.set(readText(handleIn(key)), new MlxArray(handleIn(value)));
    }
  } finally {
    c().mlx_map_string_to_array_iterator_free(iterator, map);
  }
}

function textsOf(map: Handle): Map<string, string> {
  const found = new Map<string, string>();
  const iterator = c().mlx_map_string_to_string_iterator_new(map) as Handle;
  try {
    for (;;) {
      const [key, value]: [Slot, Slot] = [newSlot(), newSlot()];
      const status = c().mlx_map_string_to_string_iterator_next(key, value, iterator, map);
      if (status === end) return found;
      check(status, "map iteration");
      found.set(readText(handleIn(key)), readText(handleIn(value)));
    }
  } finally {
    c().mlx_map_string_to_string_iterator_free(iterator, map);
  }
}
