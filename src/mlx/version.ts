/** Versions of MLX: the one that this program is made for, and the one that was loaded. */
import { c, textFrom } from "./runtime.ts";

export { pinned } from "../../ffi/header-hash.ts";

/** The version that the loaded library reports; mlx-c has none of its own. */
export function loadedVersion(): string {
  return textFrom("version", (slot) => c().mlx_version(slot));
}
