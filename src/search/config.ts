/** Settings of `search`. */
import * as v from "valibot";

export const SearchSettings = v.strictObject({
  mode: v.optional(v.pipe(v.picklist(["hybrid", "vector", "text"]), v.description("Which legs to run.")), "hybrid"),
  k: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000), v.description("Number of hits.")),
    10,
  ),
  filter: v.optional(
    v.pipe(v.string(), v.description("SQL condition over the columns, e.g. lang = 'en' AND path LIKE 'docs/%'.")),
  ),
  minScore: v.optional(v.pipe(v.number(), v.minValue(-1), v.description("Smallest final score of a hit."))),
  join: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Show passages that stand side by side in a document, and were both found, as one hit."),
    ),
    true,
  ),
  fusion: v.optional(
    v.pipe(
      v.picklist(["rrf", "convex"]),
      v.description("How the two legs of a hybrid search are combined: by scores or by ranks."),
    ),
    "convex",
  ),
  alpha: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(1),
      v.description("Weight of the vector leg of a hybrid search. Left out: 0.5 for words, 0.2 for names."),
    ),
  ),
  expand: v.optional(
    v.pipe(v.boolean(), v.description("Ask in other words too, which the model of ask.decoder writes.")),
    false,
  ),
  rerank: v.optional(
    v.pipe(
      v.string(),
      v.description(
        "Reranker that reads the best passages again: a folder, or a name in the model cache. Off by default.",
      ),
    ),
  ),
  rerankTop: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(1000),
      v.description("Passages that the reranker reads."),
    ),
    50,
  ),
  rerankWeight: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(1),
      v.description("What the reranker's score counts beside the rank of the search."),
    ),
    0.7,
  ),
});
export type SearchSettings = v.InferOutput<typeof SearchSettings>;
