/** Where a loader stands, small enough to go into every checkpoint. */
import * as v from "valibot";
import { MdpError, UsageError } from "../../core/errors.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const LoaderState = v.strictObject({
  /** Of the data and of everything that makes their order; never of batch size or world size. */
  fingerprint: v.string(),
  seed: count,
  epoch: count,
  /** Samples of the epoch that all ranks together have been given; with a token budget, where its pool began. */
  next: count,
  /** With a token budget: batches that were given of the pool at `next`. */
  skip: v.optional(count),
});
export type LoaderState = v.InferOutput<typeof LoaderState>;

/** @throws UsageError for something that is no state; MdpError `other-data` for a state of other data or another order */
export function checkedState(state: unknown, fingerprint: string, seed: number | undefined): LoaderState {
  const parsed = v.safeParse(LoaderState, state);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new UsageError(`this is no state of a loader (${v.getDotPath(issue) ?? "it"}: ${issue.message})`);
  }
  const { output } = parsed;
  if (output.fingerprint !== fingerprint) {
    throw new MdpError({
      code: "other-data",
      message: `the state has the fingerprint ${output.fingerprint}, these shards in this order have ${fingerprint}`,
      hint: "resume with the shards, split and order settings of the interrupted run, or start without a state",
    });
  }
  if (seed !== undefined && seed !== output.seed) {
    throw new UsageError(`the state has the seed ${output.seed}, not ${seed}`, "leave out the seed when resuming");
  }
  return output;
}
