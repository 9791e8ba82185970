/** The generator of NumPy's `RandomState` (Mersenne Twister, MT19937), as far as other libraries draw from it. */

const SIZE = 624;
const SHIFT = 397;

export class Mt19937 {
  readonly #state = new Uint32Array(SIZE);
  #position = SIZE;

  /** As `RandomState(seed)` with a whole number below 2^32. */
  constructor(seed: number) {
    let value = seed >>> 0;
    for (let i = 0; i < SIZE; i++) {
      this.#state[i] = value;
      value = (Math.imul(1_812_433_253, value ^ (value >>> 30)) + i + 1) >>> 0;
    }
  }

  /** The next 32 bits. */
  next32(): number {
    if (this.#position === SIZE) this.#twist();
    let y = this.#state[this.#position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** As `randint(low, high, dtype=uint64)` of ranges above 32 bits: drawn again until it fits. */
  below64(low: bigint, high: bigint): bigint {
    const range = high - 1n - low;
    const mask = (1n << BigInt(range.toString(2).length)) - 1n;
    for (;;) {
      const upper = this.next32();
      const value = ((BigInt(upper) << 32n) | BigInt(this.next32())) & mask;
      if (value <= range) return low + value;
    }
  }

  /** As `permutation(size)`: 0…size−1, shuffled. */
  permutation(size: number): number[] {
    const order = Array.from({ length: size }, (_, i) => i);
    for (let i = size - 1; i > 0; i--) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let j: number;
      do j = (this.next32() & mask) >>> 0;
      while (j > i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  /** Everything that the next draws depend on. */
  state(): number[] {
    return [this.#position, ...this.#state];
  }

  /** Goes on from what `state` gave. */
  restore([position, ...words]: readonly number[]): void {
    this.#position = position!;
    this.#state.set(words);
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#position = 0;
  }
}
