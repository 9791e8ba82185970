/** Blocks of 256 numbers into floats: ggml's "K" types, whose parts have scales of their own. */
import type { DecodeBlocks } from "./blocks.ts";

/**
 * Four bits a number. After `scale`, `least` and 12 bytes of scales come four runs of 32 bytes: their low halves are
 * one part of 32 numbers, their high halves the next.
 */
export const decodeQ4K: DecodeBlocks = (bytes, view, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 144, to += 256) {
    const scale = view.getFloat16(at, true);
    const least = view.getFloat16(at + 2, true);
    for (let part = 0; part < 8; part++) {
      const own = Math.fround(scale * partScale(bytes, at + 4, part));
      const low = Math.fround(least * partLeast(bytes, at + 4, part));
      const from = at + 16 + (part >> 1) * 32;
      const shift = (part & 1) * 4;
      const place = to + part * 32;
      for (let i = 0; i < 32; i++) out[place + i] = Math.fround(own * ((bytes[from + i]! >> shift) & 15)) - low;
    }
  }
};

/** As Q4_K, with a fifth bit of each number in 32 bytes before the others: bit p of byte i is that of part p. */
export const decodeQ5K: DecodeBlocks = (bytes, view, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 176, to += 256) {
    const scale = view.getFloat16(at, true);
    const least = view.getFloat16(at + 2, true);
    for (let part = 0; part < 8; part++) {
      const own = Math.fround(scale * partScale(bytes, at + 4, part));
      const low = Math.fround(least * partLeast(bytes, at + 4, part));
      const from = at + 48 + (part >> 1) * 32;
      const shift = (part & 1) * 4;
      const place = to + part * 32;
      for (let i = 0; i < 32; i++) {
        const value = ((bytes[from + i]! >> shift) & 15) | (((bytes[at + 16 + i]! >> part) & 1) << 4);
        out[place + i] = Math.fround(own * value) - low;
      }
    }
  }
};

/** Two halves of 128; in each, 64 bytes of low bits, 32 of high bits, 8 scales of 16 numbers. */
export const decodeQ6K: DecodeBlocks = (bytes, view, out) => {
  for (let at = 0, to = 0; at < bytes.length; at += 210, to += 256) {
    const scale = view.getFloat16(at + 208, true);
    for (let half = 0; half < 2; half++) {
      for (let run = 0; run < 2; run++) {
        const scales = at + 192 + half * 8 + run;
        const first = Math.fround(scale * view.getInt8(scales));
        const second = Math.fround(scale * view.getInt8(scales + 2));
        const third = Math.fround(scale * view.getInt8(scales + 4));
        const fourth = Math.fround(scale * view.getInt8(scales + 6));
        const low = at + half * 64 + run * 16;
        const high = at + 128 + half * 32 + run * 16;
        const place = to + half * 128 + run * 16;
        for (let i = 0; i < 16; i++) {
          const one = bytes[low + i]!;
          const other = bytes[low + 32 + i]!;
          const more = bytes[high + i]!;
          out[place + i] = first * (((one & 15) | ((more & 3) << 4)) - 32);
          out[place + 32 + i] = second * (((other & 15) | ((more & 12) << 2)) - 32);
          out[place + 64 + i] = third * (((one >> 4) | (more & 48)) - 32);
          out[place + 96 + i] = fourth * (((other >> 4) | ((more & 192) >> 2)) - 32);
        }
      }
    }
  }
};

/** Six bits of a part: the first four parts' in one byte each, the others' in a half and the two top bits of another. */
function partScale(bytes: Uint8Array, at: number, part: number): number {
  if (part < 4) return bytes[at + part]! & 63;
  return (bytes[at + part + 4]! & 15) | ((bytes[at + part - 4]! >> 6) << 4);
}

function partLeast(bytes: Uint8Array, at: number, part: number): number {
  if (part < 4) return bytes[at + part + 4]! & 63;
  return (bytes[at + part + 4]! >> 4) | ((bytes[at + part]! >> 6) << 4);
}
