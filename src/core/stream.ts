/**
 * Lazy streams over async iterables. Every buffer has a limit, order is kept, stopping early closes the source, and
 * the first error reaches the consumer after the source was closed.
 */

export type Source<T> = AsyncIterable<T> | Iterable<T>;
export type Step<A, B> = (input: AsyncIterable<A>) => AsyncIterable<B>;
type Awaitable<T> = T | Promise<T>;

/** Operators as methods; each returns a new stream, and nothing runs until it is consumed. A stream is read once. */
export class Stream<T> implements AsyncIterable<T> {
  readonly #source: Source<T>;

  constructor(source: Source<T>) {
    this.#source = source;
  }

  static from<T>(source: Source<T>): Stream<T> {
    return source instanceof Stream ? source : new Stream(source);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* this.#source;
  }

  pipe<B>(step: Step<T, B>): Stream<B> {
    return new Stream(step(this));
  }

  map<B>(fn: (item: T, index: number) => Awaitable<B>): Stream<B> {
    return this.pipe(async function* (input) {
      let index = 0;
      for await (const item of input) yield await fn(item, index++);
    });
  }

  filter(fn: (item: T, index: number) => Awaitable<boolean>): Stream<T> {
    return this.pipe(async function* (input) {
      let index = 0;
      for await (const item of input) if (await fn(item, index++)) yield item;
    });
  }

  flatMap<B>(fn: (item: T) => Source<B>): Stream<B> {
    return this.pipe(async function* (input) {
      for await (const item of input) yield* fn(item);
    });
  }

  /** The first `count` items; the source is closed as soon as they have been seen. */
  take(count: number): Stream<T> {
    return this.pipe(async function* (input) {
      let left = count;
      if (left <= 0) return;
      for await (const item of input) {
        yield item;
        if (--left <= 0) return;
      }
    });
  }

  drop(count: number): Stream<T> {
    return this.filter((_, index) => index >= count);
  }

  /** Arrays of `size` items; the last one may be shorter, and none is empty. */
  batch(size: number): Stream<T[]> {
    return this.pipe(async function* (input) {
      let items: T[] = [];
      for await (const item of input) {
        items.push(item);
        if (items.length < size) continue;
        yield items;
        items = [];
      }
      if (items.length > 0) yield items;
    });
  }

  /** Like `map`, with up to `limit` calls at once; results come in input order. */
  mapConcurrent<B>(limit: number, fn: (item: T, index: number) => Awaitable<B>): Stream<B> {
    return this.pipe((input) => mapConcurrent(input, limit, fn));
  }

  /** Reads up to `count` items ahead of the consumer. */
  prefetch(count: number): Stream<T> {
    return this.pipe((input) => prefetch(input, count));
  }

  async forEach(fn: (item: T) => Awaitable<void>): Promise<void> {
    for await (const item of this) await fn(item);
  }

  async reduce<B>(fn: (total: B, item: T) => Awaitable<B>, initial: B): Promise<B> {
    let total = initial;
    for await (const item of this) total = await fn(total, item);
    return total;
  }

  async toArray(): Promise<T[]> {
    const items: T[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}

async function* mapConcurrent<A, B>(
  input: AsyncIterable<A>,
  limit: number,
  fn: (item: A, index: number) => Awaitable<B>,
): AsyncGenerator<B, void, undefined> {
  const running: Promise<B>[] = [];
  let index = 0;
  try {
    for await (const item of input) {
      const position = index++;
      const result = (async () => fn(item, position))();
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      result.catch(() => {});
      running.push(result);
      if (running.length >= limit) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}

async function* prefetch<T>(input: AsyncIterable<T>, count: number): AsyncGenerator<T, void, undefined> {
  const iterator = input[Symbol.asyncIterator]();
  const ahead: Promise<IteratorResult<T, unknown>>[] = [];
  const ask = () => {
    const next = iterator.next();
    next.catch(() => {});
    ahead.push(next);
  };
  try {
    while (true) {
      while (ahead.length < Math.max(1, count)) ask();
      const result = await ahead.shift()!;
      if (result.done) return;
      ask();
      yield result.value;
    }
  } finally {
    await Promise.allSettled(ahead);
    await iterator.return?.();
  }
}
