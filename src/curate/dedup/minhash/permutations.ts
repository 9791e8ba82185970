/** The minima of many 32-bit hash functions over the hashes of one text, by the WebAssembly kernel or its twin. */
import { type Kernel, openKernel } from "../../../wasm/kernel.ts";
import { sequence } from "../text/mix.ts";

/** Coefficients of the hash functions `x * a + b` modulo 2^32, `a` odd. */
export interface Permutations {
  a: Uint32Array;
  b: Uint32Array;
}

/** Our own hash functions: their number is rounded up to a multiple of 8, for the kernel's sake. */
export function permutationsOf(seed: number, count: number): Permutations {
  const padded = Math.ceil(count / 8) * 8;
  const next = sequence(seed);
  const a = new Uint32Array(padded);
  const b = new Uint32Array(padded);
  for (let i = 0; i < padded; i++) {
    a[i] = next() | 1;
    b[i] = next();
  }
  return { a, b };
}

/** Writes the minimum of each hash function over `hashes[0, count)`: the twin of the kernel's `signature`. */
export function signatureOf(hashes: Uint32Array, count: number, { a, b }: Permutations, out: Uint32Array): void {
  for (let p = 0; p < a.length; p++) {
    const factor = a[p]!;
    const summand = b[p]!;
    let least = 0xffff_ffff;
    for (let i = 0; i < count; i++) {
      const value = (Math.imul(hashes[i]!, factor) + summand) >>> 0;
      if (value < least) least = value;
    }
    out[p] = least;
  }
}

/** Computes signatures in the kernel where there is one. `hashes` is filled by the caller, after `reserve`. */
export class SignatureMaker {
  hashes: Uint32Array;
  signature: Uint32Array;
  readonly #permutations: Permutations;
  readonly #kernel: Kernel | undefined;

  constructor(permutations: Permutations) {
    this.#permutations = permutations;
    this.#kernel = openKernel("minhash");
    this.hashes = new Uint32Array(0);
    this.signature = new Uint32Array(permutations.a.length);
    this.reserve(4_096);
  }

  /** Makes room for `count` hashes; `hashes` is then a new array. */
  reserve(count: number): void {
    if (this.hashes.length >= count) return;
    const room = Math.ceil(count * 1.25);
    if (!this.#kernel) {
      this.hashes = new Uint32Array(room);
      return;
    }
    const { a, b } = this.#permutations;
    const size = a.length;
    this.#kernel.reserve((3 * size + room) * 4);
    const { buffer } = this.#kernel.memory;
    new Uint32Array(buffer, 0, size).set(a);
    new Uint32Array(buffer, size * 4, size).set(b);
    this.signature = new Uint32Array(buffer, size * 8, size);
    this.hashes = new Uint32Array(buffer, size * 12, room);
  }

  /** The signature of `hashes[0, count)`, in an array that the next call overwrites. */
  make(count: number): Uint32Array {
    const size = this.#permutations.a.length * 4;
    if (this.#kernel) this.#kernel.exports.signature!(size * 3, count, 0, size, size * 2, size / 4);
    else signatureOf(this.hashes, count, this.#permutations, this.signature);
    return this.signature;
  }
}
