/** Settings of `mdp watch`. */
import * as v from "valibot";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));

export const WatchSettings = v.strictObject({
  debounceMs: v.optional(
    v.pipe(count(10), v.description("Quiet time after a change before it is ingested, so that a burst is one ingest.")),
    500,
  ),
  longestWaitMs: v.optional(
    v.pipe(count(10), v.description("Time after which changes are ingested although more come all the while.")),
    10_000,
  ),
  pollMs: v.optional(
    v.pipe(
      count(100),
      v.description("Least time between two looks at the files where the system tells of no changes."),
    ),
    5_000,
  ),
});
export type WatchSettings = v.InferOutput<typeof WatchSettings>;
