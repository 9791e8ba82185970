/** The opened library: found on first use, so that commands without arrays never load it. */
import { outHandle, type Slot } from "../../ffi/call.ts";
import { type Mlxc, type OpenLibrary, openLibrary } from "../../ffi/library.ts";
import { holdFreedMemory } from "../core/native.ts";
import { unpackAssets } from "../core/unpack.ts";

/** Freed memory that the C library may hold: more is hardly faster, and the peak of an ingest grows with it. */
const HELD_BYTES = 16 * 1024 ** 2;

let opened: OpenLibrary | undefined;

/** The library, opened now if it was not; a `LibraryError` that says what was tried when there is none. */
export function library(): OpenLibrary {
  if (!opened) {
    // MLX's CPU backend frees and allocates an array per operation: given back to the system at once, a tenth of an
    // encoder's time goes into fetching the same pages again.
    holdFreedMemory(HELD_BYTES);
    opened = openLibrary({ embedded: () => unpackAssets("lib") });
  }
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
