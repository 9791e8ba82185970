/** Nodes that take the samples of a stream as they come: changed, batched, partitioned, repeated. */
import { UsageError } from "../../core/errors.ts";
import { type BatchOptions, batchOf } from "./batching.ts";
import { checkPartition } from "./buffers.ts";
import { isEmpty, numberState, type Op, readState, type Sample, type StreamNode, stateOf } from "./sample.ts";

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
