/** Settings of `tokenizer`: how a tokenizer is trained. */
import * as v from "valibot";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));

export const tokenizerModelNames = ["bpe", "wordpiece", "unigram"] as const;
export const wordPatternNames = ["gpt2", "llama3"] as const;

export const TokenizerSettings = v.strictObject({
  tokenizerModel: v.optional(v.pipe(v.picklist(tokenizerModelNames), v.description("Kind of tokenizer.")), "bpe"),
  vocabSize: v.optional(
    v.pipe(count(1), v.maxValue(1 << 24), v.description("Tokens of the vocabulary, special ones counted.")),
    32_000,
  ),
  minFrequency: v.optional(
    v.pipe(count(0), v.description("Pairs that come less often make no token; unigram has its own rule.")),
    2,
  ),
  wordPattern: v.optional(
    v.pipe(v.picklist(wordPatternNames), v.description("Whose words byte-level bpe takes, llama3 is cl100k's too.")),
    "gpt2",
  ),
  lowercase: v.optional(v.pipe(v.boolean(), v.description("Fold case and accents, in wordpiece.")), false),
  specialTokens: v.optional(
    v.pipe(v.array(v.string()), v.description("Special tokens of your own, with ids from 16 on.")),
    [],
  ),
  maxDistinctWords: v.optional(
    v.pipe(
      count(1_000),
      v.maxValue(50_000_000),
      v.description(
        "Most distinct words in memory, the rarest are forgotten over it; by default 2000000 (1 GB), unigram 500000 (2 GB).",
      ),
    ),
  ),
});
export type TokenizerSettings = v.InferOutput<typeof TokenizerSettings>;
