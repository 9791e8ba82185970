/** Changes gathered until they are over: a burst of any size is one round. */

export interface Timing {
  /** Quiet time that ends a burst. */
  debounceMs: number;
  /** A burst that does not end is taken after this time. */
  longestWaitMs: number;
}

export interface Gathered {
  /** How many were told of. */
  count: number;
  /** Some of the paths, each once. */
  paths: string[];
}

const PATHS_KEPT = 100;

export class Changes {
  #count = 0;
  #paths = new Set<string>();
  #first = 0;
  #last = 0;
  #wake: (() => void) | undefined;

  note(path: string): void {
    this.#last = performance.now();
    if (this.#count++ === 0) this.#first = this.#last;
    if (this.#paths.size < PATHS_KEPT) this.#paths.add(path);
    this.#wake?.();
  }

  /**
   * Waits for a change, then until there have been none for a while; undefined when the time is over before the first.
   *
   * @param patienceMs time to wait for the first change; for ever when undefined
   */
  async next(
    { debounceMs, longestWaitMs }: Timing,
    signal: AbortSignal,
    patienceMs?: number,
  ): Promise<Gathered | undefined> {
    if (this.#count === 0) await this.#sleep(patienceMs, signal);
    while (this.#count > 0) {
      signal.throwIfAborted();
      // On a busy machine the time may be over while changes wait to be told.
      await Bun.sleep(0);
      const now = performance.now();
      const until = Math.min(this.#last + debounceMs, this.#first + longestWaitMs);
      if (now >= until) return this.#take();
      await this.#sleep(until - now, signal, false);
    }
    signal.throwIfAborted();
    return undefined;
  }

  #take(): Gathered {
    const gathered = { count: this.#count, paths: [...this.#paths].sort() };
    this.#count = 0;
    this.#paths = new Set();
    return gathered;
  }

  /** Until the time is over, the work is stopped, or, if asked for, something changes. */
  async #sleep(ms: number | undefined, signal: AbortSignal, wakes = true): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    if (wakes) this.#wake = resolve;
    const stop = () => resolve();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) resolve();
    // A pending promise alone does not keep the process alive.
    const alive = ms === undefined ? setInterval(() => {}, 1 << 30) : undefined;
    await promise;
    clearTimeout(timer);
    clearInterval(alive);
    // The signal lives as long as the watch, which sleeps many times.
    signal.removeEventListener("abort", stop);
    this.#wake = undefined;
  }
}
