/** Builds a tokenizer from `tokenizer.json`, or says which of its parts is not supported. */
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { AddedTokens } from "./added-tokens.ts";
import { BertNormalizer } from "./bert-normalizer.ts";
import { BertTokenizer } from "./bert-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { WordPiece } from "./wordpiece.ts";

const TemplatePart = v.union([
  v.object({ SpecialToken: v.object({ id: v.string() }) }),
  v.object({ Sequence: v.object({ id: v.string() }) }),
]);

const PostProcessor = v.variant("type", [
  v.object({
    type: v.literal("TemplateProcessing"),
    single: v.array(TemplatePart),
    special_tokens: v.record(v.string(), v.object({ ids: v.array(v.number()) })),
  }),
  v.object({
    type: v.literal("BertProcessing"),
    sep: v.tuple([v.string(), v.number()]),
    cls: v.tuple([v.string(), v.number()]),
  }),
]);
type PostProcessor = v.InferOutput<typeof PostProcessor>;

/** The parts of `tokenizer.json` that BERT models use. Its `truncation` and `padding` are left out on purpose. */
const BertTokenizerFile = v.object({
  added_tokens: v.array(
    v.object({
      id: v.number(),
      content: v.string(),
      single_word: v.literal(false, "added tokens that match single words only are not supported"),
      lstrip: v.boolean(),
      rstrip: v.boolean(),
      normalized: v.literal(false, "added tokens that match normalized text are not supported"),
    }),
  ),
  normalizer: v.object({
    type: v.literal("BertNormalizer"),
    clean_text: v.boolean(),
    handle_chinese_chars: v.boolean(),
    strip_accents: v.nullable(v.boolean()),
    lowercase: v.boolean(),
  }),
  pre_tokenizer: v.object({ type: v.literal("BertPreTokenizer") }),
  post_processor: v.nullable(PostProcessor),
  model: v.object({
    // Files written before the library named its models have no type.
    type: v.optional(v.literal("WordPiece"), "WordPiece"),
    unk_token: v.string(),
    continuing_subword_prefix: v.string(),
    max_input_chars_per_word: v.number(),
    // Not `v.record`: it copies tens of thousands of entries on every start.
    vocab: v.custom<Record<string, number>>(isVocabulary, "expected pieces with their ids"),
  }),
});

function isVocabulary(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every((id) => Number.isInteger(id));
}

/** `where` names the file in errors. */
export function parseTokenizer(json: string, where: string): Tokenizer {
  const file = v.safeParse(BertTokenizerFile, parseJson(json, where));
  if (!file.success) {
    const [issue] = file.issues;
    throw unsupported(`${v.getDotPath(issue) ?? "file"}: ${issue.message}`, where);
  }
  const { added_tokens, normalizer, post_processor, model } = file.output;
  if (!Object.hasOwn(model.vocab, model.unk_token)) {
    throw unsupported(`model.vocab has no "${model.unk_token}"`, where);
  }
  return new BertTokenizer({
    added: new AddedTokens(added_tokens),
    normalizer: new BertNormalizer(
      {
        cleanText: normalizer.clean_text,
        handleChineseChars: normalizer.handle_chinese_chars,
        stripAccents: normalizer.strip_accents ?? normalizer.lowercase,
        lowercase: normalizer.lowercase,
      },
      model.max_input_chars_per_word,
    ),
    model: new WordPiece({
      vocab: model.vocab,
      unkToken: model.unk_token,
      continuingPrefix: model.continuing_subword_prefix,
      maxCharsPerWord: model.max_input_chars_per_word,
    }),
    template: templateOf(post_processor, where),
  });
}

function parseJson(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new MdpError({
      code: "tokenizer-unreadable",
      message: "the tokenizer is not valid JSON",
      where,
      hint: "download the model again",
      cause,
    });
  }
}

function templateOf(processor: PostProcessor | null, where: string) {
  if (processor === null) return { before: [], after: [] };
  if (processor.type === "BertProcessing") return { before: [processor.cls[1]], after: [processor.sep[1]] };
  const text = processor.single.findIndex((part) => "Sequence" in part);
  const idsOf = (parts: PostProcessorPart[]) =>
    parts.flatMap((part) => {
      if (!("SpecialToken" in part)) throw unsupported("post_processor.single holds the text more than once", where);
      const token = processor.special_tokens[part.SpecialToken.id];
      if (!token) throw unsupported(`post_processor.special_tokens has no "${part.SpecialToken.id}"`, where);
      return token.ids;
    });
  if (text < 0) throw unsupported("post_processor.single does not hold the text", where);
  return { before: idsOf(processor.single.slice(0, text)), after: idsOf(processor.single.slice(text + 1)) };
}
type PostProcessorPart = v.InferOutput<typeof TemplatePart>;

function unsupported(what: string, where: string): MdpError {
  return new MdpError({
    code: "tokenizer-unsupported",
    message: `this tokenizer is not supported (${what})`,
    where,
    hint: "supported: BERT tokenizers (BertNormalizer, BertPreTokenizer, WordPiece)",
  });
}
