/** Where streams begin: buffers, iterables and text, each with a position as its state. */
import { UsageError } from "../../core/errors.ts";
import { vector } from "./array.ts";
import {
  type Awaitable,
  type BufferNode,
  isEmpty,
  numberState,
  readState,
  type Sample,
  type StreamNode,
  sampleOf,
  stateOf,
  type Values,
} from "./sample.ts";
import { lineGroups, type TextSource } from "./text-files.ts";

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

/** Lines of a text under a key; the state is the byte at which the next one begins, so going on reads nothing twice. */
export function fromLines(source: TextSource, key: string): StreamNode {
  let start = 0;
  let groups: AsyncIterator<Uint8Array[]> | undefined;
  let group: readonly Uint8Array[] = [];
  let place = 0;
  const move = (to: number) => {
    void groups?.return?.();
    groups = undefined;
    group = [];
    place = 0;
    start = to;
  };
  return {
    async next() {
      while (place === group.length) {
        groups ??= lineGroups({ ...source, start })[Symbol.asyncIterator]();
        const { done, value } = await groups.next();
        if (done) return undefined;
        group = value;
        place = 0;
      }
      const line = group[place++]!;
      start += line.length + 1;
      return { [key]: vector(line) };
    },
    reset: () => move(0),
    state: () => stateOf("text", start),
    restore: (state) => move(numberState("text", readState("text", state).own)),
  };
}
