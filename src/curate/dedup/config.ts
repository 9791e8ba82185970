/** Settings of `dedup`: which documents count as copies of others. */
import * as v from "valibot";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));

export const dedupMethods = ["exact", "minhash", "simhash", "sentences", "substring", "semantic"] as const;

export const DedupSettings = v.strictObject({
  method: v.optional(
    v.pipe(v.array(v.picklist(dedupMethods)), v.description("Ways of finding copies, in order; empty finds none.")),
    [],
  ),
  threshold: v.optional(
    v.pipe(v.number(), v.minValue(0), v.maxValue(1), v.description("Similarity from which a text is a copy.")),
    0.8,
  ),
  verify: v.optional(
    v.pipe(
      v.picklist(["jaccard", "containment", "none"]),
      v.description("Exact measure that a candidate must reach before it is removed."),
    ),
    "jaccard",
  ),
  normalize: v.optional(
    v.pipe(v.boolean(), v.description("Compare texts without regard to case, punctuation and white space.")),
    true,
  ),
  ngramWords: v.optional(v.pipe(count(1), v.maxValue(50), v.description("Words of one shingle.")), 5),
  bands: v.optional(v.pipe(count(1), v.maxValue(256), v.description("Bands of a MinHash signature.")), 14),
  rows: v.optional(v.pipe(count(1), v.maxValue(64), v.description("Rows of one band.")), 8),
  minhash: v.optional(
    v.pipe(
      v.picklist(["mdp", "datasketch", "datasketch-1", "datatrove"]),
      v.description("Hash functions of the signatures: ours, or another library's (datasketch-1: before its 2.0)."),
    ),
    "mdp",
  ),
  hashSeed: v.optional(v.pipe(count(0), v.maxValue(0xffff_ffff), v.description("Seed of the hash functions.")), 1),
  maxHamming: v.optional(v.pipe(count(0), v.maxValue(8), v.description("Bits in which two SimHashes may differ.")), 3),
  spanSentences: v.optional(v.pipe(count(1), v.description("Sentences of a repeated span.")), 3),
  minSubstringTokens: v.optional(v.pipe(count(10), v.description("Tokens of a repeated substring.")), 100),
  against: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description("Corpora or shard folders of earlier runs whose documents must not come again."),
    ),
    [],
  ),
  keepTexts: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Keep the texts, compressed, so that near copies in later runs can be verified with --against."),
    ),
    false,
  ),
  memoryBytes: v.optional(
    v.pipe(count(16_000_000), v.description("Memory that finding copies may take; the rest goes to disk.")),
    2_000_000_000,
  ),
});
export type DedupSettings = v.InferOutput<typeof DedupSettings>;
