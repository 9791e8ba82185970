/**
 * Small WebAssembly kernels with SIMD, written in AssemblyScript under `kernels/` and compiled by `scripts/build-wasm.ts`.
 * Each has a TypeScript twin beside its user that gives the same bytes and is taken when the kernel is not there.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unpackAsset } from "../core/unpack.ts";

/** Where `scripts/build-wasm.ts` puts the compiled kernels in a checkout. */
const DEVELOPMENT_FOLDER = join(import.meta.dir, "..", "..", ".wasm");

export interface Kernel {
  /** The kernel's functions; pointers are byte offsets into `memory`. */
  readonly exports: Readonly<Record<string, (...args: number[]) => number>>;
  readonly memory: WebAssembly.Memory;
  /** Grows the memory to at least `bytes`; views that were made before are then detached. */
  reserve(bytes: number): void;
}

const PAGE_BYTES = 65_536;

/**
 * A fresh instance of a kernel with a memory of its own; undefined when it was not compiled, or when
 * `MDP_NO_WASM` is set, so that tests can compare it with its twin.
 */
export function openKernel(name: string): Kernel | undefined {
  if (process.env.MDP_NO_WASM) return undefined;
  const path = unpackAsset(`wasm/${name}.wasm`) ?? join(DEVELOPMENT_FOLDER, `${name}.wasm`);
  if (!existsSync(path)) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(readFileSync(path));
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  return {
    exports: exports as unknown as Kernel["exports"],
    memory,
    reserve(bytes) {
      const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
      if (missing > 0) memory.grow(missing);
    },
  };
}

function abort(): never {
  throw new Error("internal error: a WebAssembly kernel was called with wrong arguments (please report this)");
}
