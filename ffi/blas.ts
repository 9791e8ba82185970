/** What OpenBLAS, which is behind MLX's products on Linux, tells about itself. */
import { dlopen } from "bun:ffi";

/**
 * The kernels that the OpenBLAS at `path` has chosen for this processor, by the name of the processor they were written
 * for; undefined when the library is another BLAS. Those of an older one can be half as fast.
 */
export function openBlasKernels(path: string): string | undefined {
  try {
    const { symbols, close } = dlopen(path, { openblas_get_corename: { args: [], returns: "cstring" } });
    const name = String(symbols.openblas_get_corename());
    close();
    return name;
  } catch {
    return undefined;
  }
}
