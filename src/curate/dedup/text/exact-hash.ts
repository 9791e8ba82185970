/** A hash of 128 bits for telling whether texts are equal. */

// Bun takes 32 bits of a seed.
const SECOND_SEED = 0x9e3779b1n;
const halves = new BigUint64Array(2);
const quarters = new Uint32Array(halves.buffer);

/** 128 bits of XXH3 (two seeds of 64 bits) into `out[at, at + 4)`; a string counts as its UTF-8. */
export function exactHash(content: string | Uint8Array | Uint16Array, out: Uint32Array, at: number): void {
  const bytes = content as string | Uint8Array<ArrayBuffer>;
  halves[0] = Bun.hash.xxHash3(bytes, 0n);
  halves[1] = Bun.hash.xxHash3(bytes, SECOND_SEED);
  out[at] = quarters[0]!;
  out[at + 1] = quarters[1]!;
  out[at + 2] = quarters[2]!;
  out[at + 3] = quarters[3]!;
}
