/** MinHash signatures: minima of many hash functions over the shingles of one text. */

/**
 * For each permutation p: signature[p] = min over i of (hashes[i] * a[p] + b[p]) mod 2^32, unsigned.
 * Pointers are byte offsets of little-endian u32 arrays; `permutations` is a multiple of 8.
 */
export function signature(hashes: usize, count: i32, a: usize, b: usize, out: usize, permutations: i32): void {
  for (let p = 0; p < permutations; p += 8) {
    const offset = (<usize>p) << 2;
    const a0 = v128.load(a + offset);
    const a1 = v128.load(a + offset + 16);
    const b0 = v128.load(b + offset);
    const b1 = v128.load(b + offset + 16);
    let m0 = i32x4.splat(-1);
    let m1 = i32x4.splat(-1);
    const end = hashes + ((<usize>count) << 2);
    for (let at = hashes; at < end; at += 4) {
      const x = v128.load32_splat(at);
      m0 = i32x4.min_u(m0, i32x4.add(i32x4.mul(x, a0), b0));
      m1 = i32x4.min_u(m1, i32x4.add(i32x4.mul(x, a1), b1));
    }
    v128.store(out + offset, m0);
    v128.store(out + offset + 16, m1);
  }
}

/**
 * For each permutation p: out[p] = min over i of (hashes[i] * a[p] + b[p]) mod 2^64 mod (2^61 - 1), cut to its low 32
 * bits first where `low` is 1; all (kept) bits set when there are no hashes. Arrays of little-endian u64.
 */
export function signature61(
  hashes: usize,
  count: i32,
  a: usize,
  b: usize,
  out: usize,
  permutations: i32,
  low: i32,
): void {
  const prime: u64 = ((<u64>1) << 61) - 1;
  const mask: u64 = low ? 0xffffffff : ~(<u64>0);
  const end = hashes + ((<usize>count) << 3);
  for (let p = 0; p < permutations; p++) {
    const offset = (<usize>p) << 3;
    const factor = load<u64>(a + offset);
    const summand = load<u64>(b + offset);
    let least = mask;
    for (let at = hashes; at < end; at += 8) {
      const product = load<u64>(at) * factor + summand;
      let value = (product & prime) + (product >> 61);
      if (value >= prime) value -= prime;
      value &= mask;
      if (value < least) least = value;
    }
    store<u64>(out + offset, least);
  }
}
