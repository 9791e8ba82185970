/** Finds out whether a tokenizer can go the fast way of the BERT family, and makes its engine. */
import * as v from "valibot";
import { AddedTokens } from "./added-tokens.ts";
import { BertEngine } from "./bert-engine.ts";
import { BertNormalizer } from "./bert-normalizer.ts";
import type { BuiltModel } from "./models/build.ts";
import { WordPiece } from "./models/wordpiece.ts";
import type { TokenizerFile } from "./tokenizer-file.ts";

const BertParts = v.object({
  normalizer: v.object({
    type: v.literal("BertNormalizer"),
    clean_text: v.boolean(),
    handle_chinese_chars: v.boolean(),
    strip_accents: v.nullable(v.boolean()),
    lowercase: v.boolean(),
  }),
  pre_tokenizer: v.object({ type: v.literal("BertPreTokenizer") }),
  added_tokens: v.array(v.object({ normalized: v.literal(false) })),
});

/** The engine of a tokenizer with BERT's own parts; undefined for any other. */
export function bertEngine(file: TokenizerFile, { wordPiece }: BuiltModel): BertEngine | undefined {
  const parts = v.safeParse(BertParts, file);
  if (!parts.success || !wordPiece) return undefined;
  const { clean_text, handle_chinese_chars, strip_accents, lowercase } = parts.output.normalizer;
  const options = {
    cleanText: clean_text,
    handleChineseChars: handle_chinese_chars,
    stripAccents: strip_accents ?? lowercase,
    lowercase,
  };
  return new BertEngine({
    added: new AddedTokens(file.added_tokens),
    normalizer: new BertNormalizer(options, wordPiece.maxCharsPerWord),
    model: new WordPiece(wordPiece),
  });
}
