/** Memory for batches: new for each, or that of batches which the consumer is done with. */

export interface Buffers {
  /** Memory of exactly so many bytes, whatever is in it. */
  take(bytes: number): Uint8Array;
  /** Takes memory back that nobody looks at any more. */
  give(bytes: Uint8Array): void;
}

/** Fresh memory each time; what is given back is left to the collector. */
export const freshBuffers: Buffers = {
  take: (bytes) => new Uint8Array(bytes),
  give: () => {},
};

/** Memory kept by size. Fresh pages cost the system more than copying a batch does. */
export function reusedBuffers(): Buffers {
  const free = new Map<number, Uint8Array[]>();
  return {
    take: (bytes) => free.get(bytes)?.pop() ?? new Uint8Array(bytes),
    give(bytes) {
      const list = free.get(bytes.length);
      if (list) list.push(bytes);
      else free.set(bytes.length, [bytes]);
    },
  };
}
