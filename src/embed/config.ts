/** Settings of the embedder. */
import * as v from "valibot";

/** How weights are held in memory: floats of a type, or packed by so many bits. */
export const weightTypes = ["float32", "float16", "bfloat16", "8bit", "4bit"] as const;

export const EmbedSettings = v.strictObject({
  model: v.optional(
    v.pipe(v.string(), v.description("Embedding model: a folder, or a name in the model cache.")),
    "all-MiniLM-L6-v2",
  ),
  dtype: v.optional(
    v.pipe(
      v.picklist(weightTypes),
      v.description("How the model's weights are held in memory. Left out: float32, or packed where its files are."),
    ),
  ),
  dim: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(8),
      v.description("Numbers of a vector that are kept, for models trained so. Left out: all."),
    ),
  ),
  batchTokens: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(64),
      v.description("Tokens of one batch, padding counted. Left out: 256 on the CPU, 8192 on a GPU."),
    ),
  ),
  vectorCacheBytes: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description("Size of the user's cache of vectors, which all projects share; 0 does without it."),
    ),
    1_000_000_000,
  ),
});
export type EmbedSettings = v.InferOutput<typeof EmbedSettings>;

/** Those that concern the model itself. */
export type ModelSettings = Omit<EmbedSettings, "vectorCacheBytes">;
