/** Hash functions `(x * a + b) mod 2^64 mod (2^61 - 1)`, as NumPy computes them for datasketch and datatrove. */
import { type Kernel, openKernel } from "../../../wasm/kernel.ts";

export const MERSENNE_61 = (1n << 61n) - 1n;

export interface Permutations61 {
  a: BigUint64Array;
  b: BigUint64Array;
}

/** Signatures of 64-bit hashes; `mask` is applied to each value before the minimum is taken. */
export class SignatureMaker61 {
  readonly #permutations: Permutations61;
  readonly #mask: bigint;
  readonly #kernel: Kernel | undefined;

  constructor(permutations: Permutations61, mask: bigint) {
    this.#permutations = permutations;
    this.#mask = mask;
    this.#kernel = openKernel("minhash");
  }

  /** The minimum of each hash function over the hashes; all bits set where there are none. */
  make(hashes: BigUint64Array): BigUint64Array {
    const { a, b } = this.#permutations;
    if (!this.#kernel) return signatureOf61(hashes, this.#permutations, this.#mask);
    const size = a.length;
    this.#kernel.reserve((3 * size + hashes.length) * 8);
    const memory = new BigUint64Array(this.#kernel.memory.buffer);
    memory.set(a);
    memory.set(b, size);
    memory.set(hashes, size * 3);
    const inLowBits = this.#mask === 0xffff_ffffn ? 1 : 0;
    this.#kernel.exports.signature61!(size * 24, hashes.length, 0, size * 8, size * 16, size, inLowBits);
    return memory.slice(size * 2, size * 3);
  }
}

/** The twin of the kernel's `signature61`. */
export function signatureOf61(hashes: BigUint64Array, { a, b }: Permutations61, mask: bigint): BigUint64Array {
  const out = new BigUint64Array(a.length).fill(0xffff_ffff_ffff_ffffn & mask);
  for (let p = 0; p < a.length; p++) {
    for (const hash of hashes) {
      const value = (BigInt.asUintN(64, hash * a[p]! + b[p]!) % MERSENNE_61) & mask;
      if (value < out[p]!) out[p] = value;
    }
  }
  return out;
}
