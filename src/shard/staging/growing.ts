/** Typed arrays that grow by doubling. */

type Numbers = Uint8Array | Uint32Array | Float64Array | BigUint64Array;

export class Growing<T extends Numbers> {
  #data: T;
  #length = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#data = make(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(value: T[number]): void {
    if (this.#length === this.#data.length) this.#reserve(this.#length * 2);
    this.#data[this.#length++] = value;
  }

  /** What was pushed, as a view that is valid until the next push. */
  view(): T {
    return this.#data.subarray(0, this.#length) as T;
  }

  /** Sets the length; new elements are 0. */
  resize(length: number): void {
    if (length > this.#data.length) this.#reserve(Math.max(length, this.#data.length * 2));
    if (length < this.#length) this.#data.subarray(length, this.#length).fill(0 as never);
    this.#length = length;
  }

  /** Removes the first elements. */
  shift(count: number): void {
    this.#data.copyWithin(0, count, this.#length);
    this.resize(this.#length - count);
  }

  #reserve(capacity: number): void {
    const larger = this.#make(capacity);
    larger.set(this.#data as never);
    this.#data = larger;
  }
}
