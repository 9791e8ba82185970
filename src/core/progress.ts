/** Rates and remaining time of work that reports how far it is; no terminal here. */

/** What is known about the speed of some work. */
export interface Pace {
  /** Units per second over the recent past. */
  rate: number;
  /** Seconds until `total` is reached, null while nothing can be said. */
  remaining: number | null;
}

/** Weight of the newest interval; older ones fade, so that the estimate follows a change within some intervals. */
const SMOOTHING = 0.2;
/** Shorter intervals measure the clock rather than the work. */
const MIN_INTERVAL_MS = 100;

/** Follows one growing count. */
export class PaceMeter {
  readonly #now: () => number;
  #time: number;
  #count = 0;
  #rate: number | undefined;

  /** @param now milliseconds that never run backwards */
  constructor(now: () => number = performance.now.bind(performance)) {
    this.#now = now;
    this.#time = now();
  }

  /** @param count done so far, never falling. @param total what `count` ends at, if known */
  update(count: number, total?: number): Pace {
    const now = this.#now();
    const elapsed = now - this.#time;
    if (elapsed >= MIN_INTERVAL_MS) {
      const latest = ((count - this.#count) / elapsed) * 1000;
      this.#rate = this.#rate === undefined ? latest : this.#rate + SMOOTHING * (latest - this.#rate);
      this.#time = now;
      this.#count = count;
    }
    const rate = this.#rate ?? 0;
    const known = total !== undefined && rate > 0;
    return { rate, remaining: known ? Math.max(0, total - count) / rate : null };
  }
}
