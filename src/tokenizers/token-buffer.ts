/** A growing list of tokens with their spans, in typed arrays: a document of 10 MB has millions. */
export class TokenBuffer {
  length = 0;
  #ids = new Uint32Array(256);
  #starts = new Uint32Array(256);
  #ends = new Uint32Array(256);

  push(id: number, start: number, end: number): void {
    if (this.length === this.#ids.length) this.#grow();
    this.#ids[this.length] = id;
    this.#starts[this.length] = start;
    this.#ends[this.length] = end;
    this.length++;
  }

  clear(): void {
    this.length = 0;
  }

  /** The ids themselves, valid until the next change. */
  view(): Uint32Array {
    return this.#ids.subarray(0, this.length);
  }

  /** Copies of the first `count` values. */
  ids(count = this.length): Uint32Array {
    return this.#ids.slice(0, count);
  }
  starts(count = this.length): Uint32Array {
    return this.#starts.slice(0, count);
  }
  ends(count = this.length): Uint32Array {
    return this.#ends.slice(0, count);
  }

  #grow(): void {
    const grown = (old: Uint32Array) => {
      const next = new Uint32Array(old.length * 2);
      next.set(old);
      return next;
    };
    this.#ids = grown(this.#ids);
    this.#starts = grown(this.#starts);
    this.#ends = grown(this.#ends);
  }
}
