/** Keeps what was made last, up to a limit of bytes: what was used longest ago goes first. */

/** What one entry takes beside its contents. */
const ENTRY_BYTES = 200;

export class Recent<V> {
  readonly #limit: number;
  readonly #make: (key: number) => V;
  readonly #bytesOf: (value: V) => number;
  readonly #kept = new Map<number, { value: V; bytes: number }>();
  #bytes = 0;

  constructor(limitBytes: number, make: (key: number) => V, bytesOf: (value: V) => number) {
    this.#limit = limitBytes;
    this.#make = make;
    this.#bytesOf = bytesOf;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: number): V {
    const known = this.#kept.get(key);
    if (known) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known.value;
    }
    const value = this.#make(key);
    const bytes = this.#bytesOf(value) + ENTRY_BYTES;
    this.#kept.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#kept) {
      if (this.#bytes <= this.#limit || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= entry.bytes;
    }
    return value;
  }
}
