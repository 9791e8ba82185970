/** The opened library: found on first use, so that commands without arrays never load it. */
import { outHandle, type Slot } from "../../ffi/call.ts";
import { type Mlxc, type OpenLibrary, openLibrary } from "../../ffi/library.ts";
import { unpackAssets } from "../core/unpack.ts";

let opened: OpenLibrary | undefined;

/** The library, opened now if it was not; a `LibraryError` that says what was tried when there is none. */
export function library(): OpenLibrary {
  opened ??= openLibrary({ embedded: () => unpackAssets("lib") });
  return opened;
}

/** The functions of mlx-c. They never leave `src/mlx/`. */
export function c(): Mlxc {
  return (opened ?? library()).symbols;
}

/** The text of a function that writes an `mlx_string`. */
export function textFrom(operation: string, call: (slot: Slot) => number): string {
  const text = outHandle(operation, call);
  try {
    return c().mlx_string_data(text) ?? "";
  } finally {
    c().mlx_string_free(text);
  }
}
