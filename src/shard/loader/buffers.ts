/** Memory for batches: new for each, or that of batches which the consumer is done with. */

export interface Buffers {
  /** Memory of exactly so many bytes, whatever is in it. */
  take(bytes: number): Uint8Array;
  /** Takes memory back that nobody looks at any more. */
  give(bytes: Uint8Array): void;
}

/**
 * Bytes of batches between two collections. The collector sees small objects and waits; the memory behind them would
 * grow to gigabytes, and fresh pages are slower than those that were used before.
 */
const COLLECT_FRESH_BYTES = 64 * 2 ** 20;
const COLLECT_OFTEN_ENOUGH_BYTES = 256 * 2 ** 20;

/** Calls the collector each time that so many bytes were counted. */
function collectEvery(limit: number, full: boolean): (bytes: number) => void {
  let counted = 0;
  return (bytes) => {
    counted += bytes;
    if (counted < limit) return;
    counted = 0;
    Bun.gc(full);
  };
}

/** Fresh memory each time; what is given back is left to the collector. */
export function freshBuffers(threads: boolean): Buffers {
  // Only a full collection gives memory back that went to another thread and came home.
  const count = threads ? collectEvery(COLLECT_OFTEN_ENOUGH_BYTES, true) : collectEvery(COLLECT_FRESH_BYTES, false);
  return {
    take(bytes) {
      count(bytes);
      return new Uint8Array(bytes);
    },
    give: () => {},
  };
}

/** Memory kept by size. */
export function reusedBuffers(): Buffers {
  const count = collectEvery(COLLECT_OFTEN_ENOUGH_BYTES, false);
  const free = new Map<number, Uint8Array[]>();
  return {
    take(bytes) {
      count(bytes);
      return free.get(bytes)?.pop() ?? new Uint8Array(bytes);
    },
    give(bytes) {
      const list = free.get(bytes.length);
      if (list) list.push(bytes);
      else free.set(bytes.length, [bytes]);
    },
  };
}
