/** Settings of the store. */
import * as v from "valibot";

export const StoreSettings = v.strictObject({
  exactRows: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description("Vector search is exact up to this many chunks, indexed above."),
    ),
    20_000,
  ),
  refineFactor: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description("Candidates per hit that an indexed search rescores exactly."),
    ),
    10,
  ),
  foldRows: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description("Unindexed chunks that are tolerated before indices are brought up to date."),
    ),
    500,
  ),
});
export type StoreSettings = v.InferOutput<typeof StoreSettings>;
