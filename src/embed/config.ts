/** Settings of the embedder. */
import * as v from "valibot";

export const EmbedSettings = v.strictObject({
  model: v.optional(
    v.pipe(v.string(), v.description("Embedding model: a folder, or a name in the model cache.")),
    "all-MiniLM-L6-v2",
  ),
  batchTokens: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(64),
      v.description("Tokens of one batch, padding counted. Left out: 256 on the CPU, 8192 on a GPU."),
    ),
  ),
});
export type EmbedSettings = v.InferOutput<typeof EmbedSettings>;
