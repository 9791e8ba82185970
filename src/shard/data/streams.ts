/** Nodes that give samples one after the other, each with a small state from which it goes on. */
import { UsageError } from "../../core/errors.ts";
import { randomOf } from "../loader/permutation.ts";
import { type BatchOptions, batchOf } from "./batching.ts";
import { checkPartition } from "./buffers.ts";
import {
  type Awaitable,
  type BufferNode,
  isEmpty,
  type Json,
  numberState,
  type Op,
  readState,
  type Sample,
  type StreamNode,
  sampleOf,
  stateOf,
  type Values,
} from "./sample.ts";

/** A stream with a position that is a number; `read` gives the sample at a position, undefined at the end. */
function counted(
  node: string,
  read: (position: number) => Awaitable<Sample | undefined>,
  move: (position: number) => void = () => {},
): StreamNode {
  let next = 0;
  return {
    async next() {
      while (true) {
        const sample = await read(next);
        if (!sample) return undefined;
        next++;
        if (!isEmpty(sample)) return sample;
      }
    },
    reset() {
      next = 0;
      move(0);
    },
    state: () => stateOf(node, next),
    restore(state) {
      next = numberState(node, readState(node, state).own);
      move(next);
    },
  };
}

/** A buffer from its first sample to its last. */
export function fromBuffer(buffer: BufferNode): StreamNode {
  return counted("buffer", (position) => (position < buffer.size ? buffer.get(position) : undefined));
}

/** A buffer in order, with up to `ahead` samples made before they are asked for, `workers` of them at once. */
export function orderedAhead(buffer: BufferNode, ahead: number, workers: number): StreamNode {
  if (!(ahead >= 1 && workers >= 1)) throw new UsageError(`orderedPrefetch of ${ahead} samples by ${workers} calls`);
  const running = new Map<number, Promise<Sample>>();
  const begin = async (index: number): Promise<Sample> => {
    // As many samples as there are workers are between this one and the one whose place it takes.
    await running.get(index - workers)?.catch(() => {});
    return buffer.get(index);
  };
  return counted(
    "buffer",
    (position) => {
      for (let i = position; i < Math.min(position + ahead, buffer.size); i++) {
        if (running.has(i)) continue;
        const sample = begin(i);
        // A failure is thrown when its turn comes; until then it must not count as unhandled.
        sample.catch(() => {});
        running.set(i, sample);
      }
      const sample = running.get(position);
      running.delete(position);
      return sample;
    },
    () => running.clear(),
  );
}

/** What a function's iterable yields; going on from a state reads over what came before. */
export function fromIterable(node: string, make: () => Iterable<Values> | AsyncIterable<Values>): StreamNode {
  let iterator: Iterator<Values> | AsyncIterator<Values> | undefined;
  let skip = 0;
  return counted(
    node,
    async () => {
      if (!iterator) {
        const source = make();
        iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
        for (; skip > 0; skip--) await iterator.next();
      }
      const { done, value } = await iterator.next();
      return done ? undefined : sampleOf(value);
    },
    (position) => {
      void iterator?.return?.();
      iterator = undefined;
      skip = position;
    },
  );
}

/** Changes each sample; those that become empty are left out. */
export function transformedStream(input: StreamNode, op: Op): StreamNode {
  // Counts on over resets, so that seeded choices differ between passes.
  let ordinal = 0;
  return {
    async next() {
      while (true) {
        const sample = await input.next();
        if (!sample) return undefined;
        const changed = op(sample, ordinal++);
        const result = changed instanceof Promise ? await changed : changed;
        if (result && !isEmpty(result)) return result;
      }
    },
    reset: () => input.reset(),
    state: () => stateOf("transform", ordinal, input.state()),
    restore(state) {
      const { own, input: before } = readState("transform", state);
      ordinal = numberState("transform", own);
      input.restore(before);
    },
  };
}

/** A node without a state of its own. */
function stateless(node: string, input: StreamNode, next: () => Promise<Sample | undefined>): StreamNode {
  return {
    next,
    reset: () => input.reset(),
    state: () => stateOf(node, null, input.state()),
    restore: (state) => input.restore(readState(node, state).input),
  };
}

/** Batches of neighbouring samples, the last one shorter. */
export function batchedStream(input: StreamNode, size: number, options: BatchOptions): StreamNode {
  if (!(size >= 1)) throw new UsageError(`batches of ${size} samples`);
  return stateless("batch", input, async () => {
    const samples: Sample[] = [];
    while (samples.length < size) {
      const sample = await input.next();
      if (!sample) break;
      samples.push(sample);
    }
    return samples.length === 0 ? undefined : batchOf(samples, options);
  });
}

/** Every n-th sample; partitions may differ by one at the end. */
export function partitionedStream(input: StreamNode, count: number, partition: number): StreamNode {
  checkPartition(count, partition);
  let position = 0;
  return {
    async next() {
      while (true) {
        const sample = await input.next();
        if (!sample) return undefined;
        if (position++ % count === partition) return sample;
      }
    },
    reset() {
      position = 0;
      input.reset();
    },
    state: () => stateOf("partition", position, input.state()),
    restore(state) {
      const { own, input: before } = readState("partition", state);
      position = numberState("partition", own);
      input.restore(before);
    },
  };
}

/** The whole stream once, and `times` more; for ever when that is not above 0. */
export function repeated(input: StreamNode, times: number): StreamNode {
  let pass = 0;
  return {
    async next() {
      const sample = await input.next();
      if (sample) return sample;
      if (times > 0 && pass >= times) return undefined;
      pass++;
      input.reset();
      // An empty stream stays empty, however often it is repeated.
      return await input.next();
    },
    reset() {
      pass = 0;
      input.reset();
    },
    state: () => stateOf("repeat", pass, input.state()),
    restore(state) {
      const { own, input: before } = readState("repeat", state);
      pass = numberState("repeat", own);
      input.restore(before);
    },
  };
}

/** Reads ahead of the consumer, in order; the state is that of the sample which comes next. */
export function prefetched(input: StreamNode, count: number): StreamNode {
  if (!(count >= 1)) throw new UsageError(`prefetch of ${count} samples`);
  interface Ahead {
    /** The input's state before the sample was read; undefined until then. */
    before?: Json;
    sample: Promise<Sample | undefined>;
  }
  let ahead: Ahead[] = [];
  // Reads, resets and restores happen one after the other; samples that are on their way cannot be called back.
  let last: Promise<unknown> = Promise.resolve();
  let moving: Json | undefined;
  const then = <T>(action: () => T | Promise<T>): Promise<T> => {
    const done = last.then(action);
    last = done.catch(() => {});
    return done;
  };
  const fill = () => {
    while (ahead.length < count) {
      const entry = {} as Ahead;
      entry.sample = then(() => {
        entry.before = input.state();
        return input.next();
      });
      entry.sample.catch(() => {});
      ahead.push(entry);
    }
  };
  const move = (state: Json, action: () => void) => {
    ahead = [];
    moving = state;
    void then(() => {
      action();
      moving = undefined;
    });
  };
  return {
    async next() {
      fill();
      const sample = await ahead.shift()!.sample;
      if (sample) fill();
      return sample;
    },
    reset: () => move("reset", () => input.reset()),
    state() {
      if (moving === "reset") throw new UsageError("a stream that was just reset has a state after its next sample");
      return stateOf("prefetch", null, moving ?? ahead[0]?.before ?? input.state());
    },
    restore(state) {
      const { input: before } = readState("prefetch", state);
      move(before, () => input.restore(before));
    },
  };
}

/**
 * A reservoir of `size` samples from which one is drawn and replaced by the next. Going on from a state draws again what
 * was drawn before, as the reservoir may hold samples from anywhere.
 */
export function shuffledStream(input: StreamNode, size: number, seed: number): StreamNode {
  if (!(size >= 1)) throw new UsageError(`a shuffle buffer of ${size} samples`);
  let pass = 0;
  let drawn = 0;
  let replay = 0;
  let start = input.state();
  let reservoir: Sample[] | undefined;
  const draw = async () => {
    reservoir ??= [];
    while (reservoir.length < size) {
      const sample = await input.next();
      if (!sample) break;
      reservoir.push(sample);
    }
    if (reservoir.length === 0) return undefined;
    const place = randomOf(seed, pass, drawn++) % reservoir.length;
    const sample = reservoir[place]!;
    const next = reservoir.length === size ? await input.next() : undefined;
    if (next) reservoir[place] = next;
    else {
      reservoir[place] = reservoir.at(-1)!;
      reservoir.pop();
    }
    return sample;
  };
  return {
    async next() {
      for (; replay > 0; replay--) await draw();
      return await draw();
    },
    reset() {
      pass++;
      drawn = 0;
      replay = 0;
      reservoir = undefined;
      input.reset();
      start = input.state();
    },
    state: () => stateOf("shuffle", [pass, drawn + replay], start),
    restore(state) {
      const { own, input: before } = readState("shuffle", state);
      const [passes, draws] = Array.isArray(own) ? (own as number[]) : [];
      pass = numberState("shuffle", passes ?? null);
      replay = numberState("shuffle", draws ?? null);
      drawn = 0;
      reservoir = undefined;
      start = before;
      input.restore(before);
    },
  };
}
