/** What stands in a shard beside its numbers: names of its tensors, and the facts that rebuild the index. */
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { compressionNames, packingNames, shardFormatNames } from "./config.ts";

/** Of packed shards: `[samples, seq_len]` U16 or U32, U16 (from 1 in each row, 0 = padding), and U8 where not all ones. */
export const packedTensors = { ids: "input_ids", segments: "segment_ids", lossMask: "loss_mask" } as const;

/** Of flat shards: `[tokens]` U16 or U32, `[samples + 1]` U64, `[samples]` U64, and `[tokens]` U8 where not all ones. */
export const flatTensors = {
  tokens: "tokens",
  offsets: "doc_offsets",
  docIds: "doc_ids",
  lossMask: "loss_mask",
} as const;

export const layoutVersion = 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const nullableId = v.nullable(count);

/** What all shards of a set have in common. */
export const SetFacts = v.object({
  version: v.literal(layoutVersion),
  layout: v.picklist(["packed", "flat"]),
  format: v.picklist(shardFormatNames),
  compression: v.picklist(compressionNames),
  /** `packed` only: tokens of the widest row; rows of `dynamic` shards are at most as wide. */
  seq_len: v.nullable(count),
  packing: v.nullable(v.picklist(packingNames)),
  long_documents: v.nullable(v.picklist(["fragment", "truncate"])),
  /** 1 where a row that continues a document begins with the last token before it; absent where none is repeated. */
  row_overlap: v.exactOptional(v.literal(1)),
  dtype: v.picklist(["uint16", "uint32"]),
  tokenizer: v.object({ name: v.string(), sha256: v.string() }),
  vocab_size: count,
  pad_id: nullableId,
  /** The token that ends each document; null when none was added. */
  sep_id: nullableId,
  split_names: v.array(v.string()),
  /** Shards of each split, so that a missing one is noticed without the index. */
  split_shards: v.array(count),
  /** Hash of all inputs and settings that made the set. */
  fingerprint: v.string(),
});
export type SetFacts = v.InferOutput<typeof SetFacts>;

/** What is counted of one shard; sums over a set give its report. */
export const ShardCounts = v.object({
  /** Rows of packed shards, documents (or parts of them) of flat ones. */
  samples: count,
  /** Real tokens, without padding. */
  tokens: count,
  /** Documents that begin in the shard. */
  documents: count,
  padding_tokens: count,
  /** Tokens that `truncate` cut from documents of this shard. */
  truncated_tokens: count,
  dropped_tokens: count,
  /** Tokens that are in two rows; only in sets with `row_overlap`. */
  repeated_tokens: v.exactOptional(count),
});
export type ShardCounts = v.InferOutput<typeof ShardCounts>;

/** What is known of one shard from its own header. */
export const ShardFacts = v.object({
  split: v.string(),
  /** Number in its split, from 0; its file's name. */
  number: count,
  /** Tokens of a row; null in flat shards. */
  seq_len: v.nullable(count),
  ...ShardCounts.entries,
  /** Flat: the first document began, and the last one goes on, in a neighbouring shard. */
  begins_inside: v.boolean(),
  ends_inside: v.boolean(),
  /** xxh3-64 over the tensors' bytes in the order of their names, hex. */
  content_hash: v.string(),
});
export type ShardFacts = v.InferOutput<typeof ShardFacts>;

/** Facts as the metadata of a shard file: one JSON text each for the set and the shard. */
export function metadataOf(set: SetFacts, shard: ShardFacts): Record<string, string> {
  return { mdp_set: JSON.stringify(set), mdp_shard: JSON.stringify(shard) };
}

/** @throws MdpError when the file was not written by mdp, or by another version of the layout */
export function factsOf(
  metadata: Readonly<Record<string, string>>,
  path: string,
): { set: SetFacts; shard: ShardFacts } {
  return { set: parse(SetFacts, metadata.mdp_set, path), shard: parse(ShardFacts, metadata.mdp_shard, path) };
}

function parse<T extends v.GenericSchema>(schema: T, text: string | undefined, path: string): v.InferOutput<T> {
  if (text === undefined) throw unknown(path, "it does not say what it holds");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unknown(path, "its metadata is not JSON", cause);
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw unknown(path, `its metadata has a wrong ${v.getDotPath(issue) ?? "form"}: ${issue.message}`);
}

function unknown(path: string, reason: string, cause?: unknown): MdpError {
  return new MdpError({
    code: "shard-unknown",
    message: `this is no shard of mdp: ${reason}`,
    where: path,
    hint: "give a folder that `mdp shard` wrote; other files are read by `mdp ingest` and written by `mdp shard export`",
    cause,
  });
}
