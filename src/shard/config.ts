/** Settings of `shard`: how tokens become rows, and rows files. */
import * as v from "valibot";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));

export const shardFormatNames = ["safetensors", "npy", "arrow"] as const;
export const compressionNames = ["none", "zstd", "lz4", "gzip"] as const;
export const packingNames = ["concat", "best-fit", "dynamic", "none"] as const;

export const ShardSettings = v.strictObject({
  tokenizer: v.optional(
    v.pipe(v.string(), v.description("A tokenizer.json, a SentencePiece .model, or a model folder.")),
  ),
  chatTemplate: v.optional(
    v.pipe(
      v.picklist(["auto", "off"]),
      v.description("Whether rows with messages become the text that the tokenizer's chat template makes of them."),
    ),
    "auto",
  ),
  pack: v.optional(v.pipe(v.boolean(), v.description("Write rows of seqLen tokens instead of flat tokens.")), false),
  seqLen: v.optional(v.pipe(count(2), v.maxValue(1 << 20), v.description("Tokens of one row.")), 2_048),
  packing: v.optional(v.pipe(v.picklist(packingNames), v.description("How documents are laid into rows.")), "best-fit"),
  longDocuments: v.optional(
    v.pipe(v.picklist(["fragment", "truncate"]), v.description("What becomes of a document longer than a row.")),
    "fragment",
  ),
  rowOverlap: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Repeat the last token where a document goes on in another row, so that no target is lost."),
    ),
    false,
  ),
  separator: v.optional(
    v.pipe(
      v.string(),
      v.description("Token at the end of each document; auto takes the tokenizer's own, none adds none."),
    ),
    "auto",
  ),
  shardFormat: v.optional(
    v.pipe(v.picklist(shardFormatNames), v.description("File format of the shards.")),
    "safetensors",
  ),
  compression: v.optional(
    v.pipe(v.picklist(compressionNames), v.description("Compression of whole shard files.")),
    "none",
  ),
  maxShardSizeBytes: v.optional(v.pipe(count(4_096), v.description("Largest shard in bytes.")), 1_000_000_000),
  maxTokensPerShard: v.optional(v.pipe(count(2), v.description("Most tokens of one shard.")), 10_000_000),
  splits: v.optional(
    v.pipe(v.array(v.string()), v.description("Shares of the splits, e.g. train=0.95,val=0.04,test=0.01.")),
    ["train=0.95", "val=0.04", "test=0.01"],
  ),
  splitSeed: v.optional(v.pipe(count(0), v.description("Seed of the splits.")), 0),
  workers: v.optional(
    v.pipe(count(1), v.maxValue(1_024), v.description("Processes that work; by default one per core.")),
  ),
  keepStaging: v.optional(v.pipe(v.boolean(), v.description("Keep the files between the stages.")), false),
  taskBytes: v.optional(
    v.pipe(
      count(1_000),
      v.description(
        "Input of one task, by default by the whole's size; an interrupted run repeats at most the tasks it was at.",
      ),
    ),
  ),
});
export type ShardSettings = v.InferOutput<typeof ShardSettings>;
