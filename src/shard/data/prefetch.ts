/** A node that reads ahead of its consumer. */
import { UsageError } from "../../core/errors.ts";
import { type Json, readState, type Sample, type StreamNode, stateOf } from "./sample.ts";

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
