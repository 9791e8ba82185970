/** NumPy's older random numbers, `np.random.seed` and `np.random.permutation`: MT19937 (Matsumoto and Nishimura 1998). */

const N = 624;
const M = 397;

export class NumpyRandom {
  readonly #words = new Uint32Array(N);
  #at = N;

  /** @param seed below 2³² */
  constructor(seed: number) {
    this.#words[0] = seed;
    for (let i = 1; i < N; i++) {
      const before = this.#words[i - 1]!;
      this.#words[i] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + i;
    }
  }

  /** Plain numbers, with which `restore` goes on. */
  state(): { words: number[]; at: number } {
    return { words: Array.from(this.#words), at: this.#at };
  }

  restore({ words, at }: { words: readonly number[]; at: number }): void {
    this.#words.set(words);
    this.#at = at;
  }

  /** The numbers below `count` in random order. */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.#below(i);
      const moved = order[i]!;
      order[i] = order[j]!;
      order[j] = moved;
    }
    return order;
  }

  /** Up to `max`, itself included: numbers under the next power of two are drawn until one fits. */
  #below(max: number): number {
    const mask = 2 ** (32 - Math.clz32(max)) - 1;
    for (;;) {
      const value = (this.#next() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  #next(): number {
    if (this.#at === N) this.#twist();
    let y = this.#words[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const words = this.#words;
    for (let i = 0; i < N; i++) {
      const y = (words[i]! & 0x80000000) | (words[(i + 1) % N]! & 0x7fffffff);
      words[i] = words[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
