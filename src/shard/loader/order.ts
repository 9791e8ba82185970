/** The order of samples as a function of (seed, epoch, position): blocks across all shards, then within a window. */
import { type Permutation, permutation } from "./permutation.ts";

export interface OrderSettings {
  /** Samples of one epoch. */
  size: number;
  shuffle: boolean;
  seed: number;
  /** Neighbouring samples that stay near each other, so that reads stay local. */
  block: number;
  /** Blocks that are mixed with each other; reads touch that many places at a time. */
  window: number;
  /** Tells several sets with the same seed apart. */
  salt?: number;
}

/** Which sample stands at a position of the epoch; both 0…size−1. */
export type Order = (position: number) => number;

const BLOCKS = 0;
const WINDOWS = 1;

/**
 * The order of one epoch, a permutation of its samples in constant memory: all blocks are permuted, then the samples
 * of each `window` neighbouring blocks among themselves.
 */
export function orderOf({ size, shuffle, seed, block, window, salt = 0 }: OrderSettings, epoch: number): Order {
  if (!shuffle) return (position) => position;
  const inWindow = windows(size, block * window, [seed, epoch, WINDOWS, salt]);
  const toSample = blocks(size, block, permutation(Math.ceil(size / block), seed, epoch, BLOCKS, salt));
  return (position) => toSample(inWindow(position));
}

/** Positions in a sequence of permuted blocks, of which one, the last before permuting, may be shorter. */
function blocks(size: number, block: number, places: Permutation): Order {
  const last = places.size - 1;
  const short = size - last * block;
  const shortStart = places.size === 0 ? 0 : places.indexOf(last) * block;
  return (position) => {
    if (position >= shortStart && position < shortStart + short) return last * block + position - shortStart;
    const whole = position < shortStart ? position : position - short + block;
    const place = Math.floor(whole / block);
    return places.at(place) * block + (whole - place * block);
  };
}

function windows(size: number, length: number, words: readonly number[]): Order {
  let current = -1;
  let inside: Permutation | undefined;
  return (position) => {
    const index = Math.floor(position / length);
    const start = index * length;
    if (index !== current || !inside) {
      inside = permutation(Math.min(length, size - start), ...words, index);
      current = index;
    }
    return start + inside.at(position - start);
  };
}
