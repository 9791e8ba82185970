/** Builds a tokenizer from `tokenizer.json`, or says which of its parts is not supported. */
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { AddedTokens } from "./added-tokens.ts";
import { BertEngine } from "./bert-engine.ts";
import { BertNormalizer } from "./bert-normalizer.ts";
import { buildDecoder } from "./build-decoder.ts";
import { byteLevelEngine } from "./byte-level.ts";
import type { Engine } from "./engine.ts";
import { check, unsupported } from "./part.ts";
import { buildPostProcessor } from "./post-processors.ts";
import { specialTokensOf } from "./special-tokens.ts";
import { TextTokenizer } from "./text-tokenizer.ts";
import type { ModelKind, Tokenizer } from "./tokenizer.ts";
import { TokenizerFile, VocabularyTable } from "./tokenizer-file.ts";
import { Vocabulary } from "./vocabulary.ts";
import { WordPiece } from "./wordpiece.ts";

const Model = v.object({ type: v.picklist(["BPE", "WordPiece", "Unigram"]) });

/** Files written before the library named its models have no type. */
function kindOf(model: Record<string, unknown>, where: string): ModelKind {
  if (model.type === undefined) return "merges" in model ? "BPE" : "unk_id" in model ? "Unigram" : "WordPiece";
  return check(Model, model, { where, path: "model" }).type;
}

/** `where` names the file in errors; `beside` are the parsed files that name special tokens. */
export function parseTokenizer(json: string, where: string, beside: readonly unknown[] = []): Tokenizer {
  const file = check(TokenizerFile, parseJson(json, where), { where, path: "" });
  const kind = kindOf(file.model, where);
  const post = buildPostProcessor(file.post_processor, { where, path: "post_processor" });
  const { engine, vocab } = kind === "BPE" ? byteLevelEngine(file, post, where) : bertEngine(file, where);
  const vocabulary = new Vocabulary(vocab, file.added_tokens);
  return new TextTokenizer({
    model: kind,
    engine,
    vocabulary,
    template: post,
    decoder: buildDecoder(file.decoder, { where, path: "decoder" }),
    special: specialTokensOf(beside, (token) => vocabulary.tokenToId(token)),
    sha256: sha256(json),
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

const BertFile = v.object({
  normalizer: v.object({
    type: v.literal("BertNormalizer"),
    clean_text: v.boolean(),
    handle_chinese_chars: v.boolean(),
    strip_accents: v.nullable(v.boolean()),
    lowercase: v.boolean(),
  }),
  pre_tokenizer: v.object({ type: v.literal("BertPreTokenizer") }),
});

const WordPieceModel = v.object({
  unk_token: v.string(),
  continuing_subword_prefix: v.string(),
  max_input_chars_per_word: v.number(),
  vocab: VocabularyTable,
});

function bertEngine(file: TokenizerFile, where: string): { engine: Engine; vocab: ReadonlyMap<string, number> } {
  const { normalizer } = check(BertFile, file, { where, path: "" });
  const model = check(WordPieceModel, file.model, { where, path: "model" });
  if (!Object.hasOwn(model.vocab, model.unk_token)) {
    throw unsupported("model.vocab", `has no "${model.unk_token}"`, where);
  }
  const engine = new BertEngine({
    added: new AddedTokens(file.added_tokens),
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
  });
  return { engine, vocab: new Map(Object.entries(model.vocab)) };
}
