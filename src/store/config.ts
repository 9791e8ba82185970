/** Settings of the store. */
import * as v from "valibot";

/** `binary` keeps one bit of a value, `int8` nine, the floats what their names say. */
export const VECTOR_TYPES = ["float32", "float16", "int8", "binary"] as const;
export type VectorType = (typeof VECTOR_TYPES)[number];

export const StoreSettings = v.strictObject({
  vectorType: v.optional(
    v.pipe(
      v.picklist(VECTOR_TYPES),
      v.description(
        "How tables store vectors, float32 where nothing is said; `mdp index rebuild` converts what is there.",
      ),
    ),
  ),
  // On two cores an exact search of 384-dimensional vectors and an indexed one take the same time at 5,000 chunks; at
  // 10,000 it is 40 ms against 21, at 50,000 104 ms against 25 (`bench/query.ts`). Up to here a hybrid search stays
  // under 50 ms without an approximation.
  exactRows: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description("Vector search is exact up to this many chunks, indexed above."),
    ),
    10_000,
  ),
  refineFactor: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description("Candidates per hit that an indexed search rescores exactly; as the index needs where not said."),
    ),
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
