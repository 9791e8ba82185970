/** Small integer hash functions that several methods share. */

/** The finalizer of MurmurHash3: a bijection of 32-bit numbers that spreads every bit. */
export function fmix32(value: number): number {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A sequence of 32-bit numbers that a seed determines (Weyl sequence through `fmix32`). */
export function sequence(seed: number): () => number {
  // Seeds may be larger than 32 bits.
  let state = fmix32(seed % 0x1_0000_0000) ^ fmix32(Math.floor(seed / 0x1_0000_0000) + 0x3c6ef372);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return fmix32(fmix32(state) ^ 0x5bd1e995);
  };
}

/** `base` to the power of `exponent`, modulo 2^32. */
export function power32(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
}
