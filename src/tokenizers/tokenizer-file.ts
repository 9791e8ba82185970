/** What `tokenizer.json` holds, before its parts are looked at. */
import * as v from "valibot";

const AddedToken = v.object({
  id: v.number(),
  content: v.string(),
  single_word: v.optional(v.boolean(), false),
  lstrip: v.optional(v.boolean(), false),
  rstrip: v.optional(v.boolean(), false),
  normalized: v.optional(v.boolean(), true),
  special: v.optional(v.boolean(), false),
});

/** The parts of `tokenizer.json`. Its `truncation` and `padding` are left out on purpose. */
export const TokenizerFile = v.object({
  added_tokens: v.optional(v.array(AddedToken), []),
  normalizer: v.optional(v.unknown()),
  pre_tokenizer: v.optional(v.unknown()),
  post_processor: v.optional(v.unknown()),
  decoder: v.optional(v.unknown()),
  model: v.looseObject({}),
});
export type TokenizerFile = v.InferOutput<typeof TokenizerFile>;

function isVocabulary(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every((id) => Number.isInteger(id));
}

/** Tokens with their ids. Not `v.record`: it copies tens of thousands of entries on every start. */
export const VocabularyTable = v.custom<Record<string, number>>(isVocabulary, "expected pieces with their ids");
