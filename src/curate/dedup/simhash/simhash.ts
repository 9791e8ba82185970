/** SimHash: 64 bits that differ in few places when two texts share most of their word n-grams. */
import { fmix32 } from "../text/mix.ts";

const PLANES = 8;
/** Hashes that bit-sliced counters of 8 planes take before they are emptied. */
const PLANE_LIMIT = (1 << PLANES) - 1;

/** Counts, for each of 32 bits, the hashes that have it: column sums with one addition for all columns at once. */
class BitCounter {
  readonly #planes = new Uint32Array(PLANES);
  readonly #counts = new Uint32Array(32);
  #pending = 0;

  add(hash: number): void {
    let carry = hash;
    for (let plane = 0; carry !== 0; plane++) {
      const bits = this.#planes[plane]!;
      this.#planes[plane] = bits ^ carry;
      carry &= bits;
    }
    if (++this.#pending === PLANE_LIMIT) this.#empty();
  }

  /** The bits that more than half of `total` hashes had; starts again from nothing. */
  majority(total: number): number {
    this.#empty();
    let bits = 0;
    for (let bit = 0; bit < 32; bit++) if (this.#counts[bit]! * 2 > total) bits |= 1 << bit;
    this.#counts.fill(0);
    return bits >>> 0;
  }

  #empty(): void {
    for (let bit = 0; bit < 32; bit++) {
      let sum = 0;
      for (let plane = 0; plane < PLANES; plane++) sum += ((this.#planes[plane]! >>> bit) & 1) << plane;
      this.#counts[bit] = this.#counts[bit]! + sum;
    }
    this.#planes.fill(0);
    this.#pending = 0;
  }
}

const highCounter = new BitCounter();
const lowCounter = new BitCounter();

/** The SimHash of n-gram hashes, as (high, low) in `out[at]` and `out[at + 1]`. */
export function simhash(hashes: Uint32Array, count: number, out: Uint32Array, at: number): void {
  for (let i = 0; i < count; i++) {
    const hash = hashes[i]!;
    highCounter.add(fmix32(hash ^ 0x5851f42d));
    lowCounter.add(hash);
  }
  out[at] = highCounter.majority(count);
  out[at + 1] = lowCounter.majority(count);
}

/** Bits in which two numbers of 32 bits differ. */
export function differingBits(a: number, b: number): number {
  let bits = a ^ b;
  bits -= (bits >>> 1) & 0x55555555;
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Blocks that have to be equal, of `maxHamming` more. */
const EQUAL_BLOCKS = 3;

/** The bits that one table of the index compares, as (high, low). */
export interface Mask {
  high: number;
  low: number;
}

/**
 * The tables of a block-permuted index: when 64 bits are cut into `maxHamming + 3` blocks, hashes that differ in at most
 * `maxHamming` bits are equal in at least three of the blocks, and so in all bits of one of these masks.
 */
export function masksFor(maxHamming: number): Mask[] {
  const blocks = maxHamming + EQUAL_BLOCKS;
  const border = (block: number) => Math.round((block * 64) / blocks);
  const blockMask = (block: number): Mask => {
    const mask = { high: 0, low: 0 };
    for (let bit = border(block); bit < border(block + 1); bit++) {
      if (bit < 32) mask.low |= 1 << bit;
      else mask.high |= 1 << (bit - 32);
    }
    return mask;
  };
  const masks: Mask[] = [];
  for (let a = 0; a < blocks; a++) {
    for (let b = a + 1; b < blocks; b++) {
      for (let c = b + 1; c < blocks; c++) {
        const parts = [a, b, c].map(blockMask);
        masks.push({
          high: parts.reduce((bits, { high }) => bits | high, 0) >>> 0,
          low: parts.reduce((bits, { low }) => bits | low, 0) >>> 0,
        });
      }
    }
  }
  return masks;
}
