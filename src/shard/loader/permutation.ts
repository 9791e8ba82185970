/** Permutations of 0…n−1 that are computed, not stored: a keyed Feistel network with cycle walking. */
import { assert } from "../../core/errors.ts";

/** Five are enough for large domains; halves of one or two bits want a few more. */
const ROUNDS = 8;

/** Positions stay exact integers in a double. */
const MAX_SIZE = 2 ** 52;

export interface Permutation {
  readonly size: number;
  /** The element at a position, both 0…size−1. */
  at(position: number): number;
  /** The position of an element: the inverse of `at`. */
  indexOf(element: number): number;
}

/**
 * A permutation of 0…size−1 that depends on nothing but its size and `words` (non-negative integers: seed, epoch, …).
 * Any position is found in constant time and memory.
 *
 * @throws an internal error when the size is no integer in 0…2⁵²
 */
export function permutation(size: number, ...words: readonly number[]): Permutation {
  assert(Number.isInteger(size) && size >= 0 && size <= MAX_SIZE, `a permutation of ${size} elements`);
  const bits = bitsOf(size);
  const low = bits >>> 1;
  const network: Network = {
    keys: roundKeys(words),
    unit: 2 ** low,
    highMask: maskOf(bits - low),
    lowMask: maskOf(low),
  };
  // The network permutes the next power of two; walking its cycle back into the range permutes the range.
  return {
    size,
    at(position) {
      assert(position >= 0 && position < size, `position ${position} of ${size}`);
      let x = position;
      do x = forward(network, x);
      while (x >= size);
      return x;
    },
    indexOf(element) {
      assert(element >= 0 && element < size, `element ${element} of ${size}`);
      let x = element;
      do x = backward(network, x);
      while (x >= size);
      return x;
    },
  };
}

/** Two parts, high and low, of a number below 2⁵²; each is scrambled by the other in turn, so nothing gets lost. */
interface Network {
  keys: Uint32Array;
  unit: number;
  highMask: number;
  lowMask: number;
}

function forward({ keys, unit, highMask, lowMask }: Network, x: number): number {
  let high = Math.floor(x / unit);
  let low = x - high * unit;
  for (let round = 0; round < ROUNDS; round += 2) {
    high ^= mix(low ^ keys[round]!) & highMask;
    low ^= mix(high ^ keys[round + 1]!) & lowMask;
  }
  return high * unit + low;
}

function backward({ keys, unit, highMask, lowMask }: Network, x: number): number {
  let high = Math.floor(x / unit);
  let low = x - high * unit;
  for (let round = ROUNDS - 2; round >= 0; round -= 2) {
    low ^= mix(high ^ keys[round + 1]!) & lowMask;
    high ^= mix(low ^ keys[round]!) & highMask;
  }
  return high * unit + low;
}

function bitsOf(size: number): number {
  let bits = 0;
  while (2 ** bits < size) bits++;
  return bits;
}

function maskOf(bits: number): number {
  return 2 ** bits - 1;
}

/** MurmurHash3's finalizer: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Two 32-bit lanes over the words, so that neighbouring seeds, epochs and windows share no keys. */
function roundKeys(words: readonly number[]): Uint32Array {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  for (const word of words) {
    for (const half of [word >>> 0, Math.floor(word / 2 ** 32) >>> 0]) {
      a = mix(a ^ half) + 0x9e3779b9;
      b = mix(Math.imul(b ^ half, 0x2c1b3c6d) + a);
    }
  }
  return Uint32Array.from({ length: ROUNDS }, (_, round) => {
    return mix(a + Math.imul(round, 0x9e3779b9)) ^ mix(b ^ Math.imul(round + 1, 0x85157af5));
  });
}

/** A number of 0…2³²−1 that depends on nothing but `words`; what a seeded node draws its choices from. */
export function randomOf(...words: readonly number[]): number {
  return roundKeys(words)[0]!;
}
