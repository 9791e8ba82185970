/** Builds a tokenizer from `tokenizer.json`, or says which of its parts is not supported. */
import { MdpError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { AddedTokens } from "./added-tokens.ts";
import { bertEngine } from "./bert.ts";
import { buildDecoder } from "./build-decoder.ts";
import { byteLevelEngine } from "./byte-level.ts";
import { GeneralEngine, type GeneralParts } from "./general-engine.ts";
import { type BuiltModel, buildModel } from "./models/build.ts";
import { buildNormalizer } from "./normalizers/build.ts";
import { check } from "./part.ts";
import { buildPostProcessor } from "./post-processors.ts";
import { buildPreTokenizer, withoutLastBytes } from "./pre-tokenizers/build.ts";
import { inTurn, type PreTokenizer } from "./pre-tokenizers/pre-tokenizer.ts";
import { safeCuts } from "./pre-tokenizers/safe-cuts.ts";
import { sourced } from "./sourced.ts";
import { specialTokensOf } from "./special-tokens.ts";
import { TextTokenizer } from "./text-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { TokenizerFile } from "./tokenizer-file.ts";
import type { TokenizerParts } from "./transformers-parts.ts";
import { Vocabulary } from "./vocabulary.ts";

/** `where` names the file in errors; `beside` are the parsed files that name special tokens; `instead` are its parts. */
export function parseTokenizer(
  json: string,
  where: string,
  beside: readonly unknown[] = [],
  instead: TokenizerParts = {},
): Tokenizer {
  const file = { ...check(TokenizerFile, parseJson(json, where), { where, path: "" }), ...instead };
  const built = buildModel(file.model, { where, path: "model" });
  const post = buildPostProcessor(file.post_processor, { where, path: "post_processor" });
  const normalizer = buildNormalizer(file.normalizer, { where, path: "normalizer" });
  const normalize = (text: string) => normalizer?.(sourced(text, 0, text.length, false)).text ?? text;
  const normalized = file.added_tokens
    .filter((token) => token.normalized)
    .map((token) => ({ ...token, shown: normalize(token.content) }));
  const raw = file.added_tokens.filter((token) => !token.normalized);
  const general: GeneralParts = {
    added: new AddedTokens(raw),
    addedNormalized: new AddedTokens(normalized.map((token) => ({ ...token, content: token.shown }))),
    normalizer,
    preTokenizer: preTokenizerOf(file, built, where),
    lateBytes: withoutLastBytes(file.pre_tokenizer, { where, path: "pre_tokenizer" }),
    model: built.model,
    trimOffsets: post.trimOffsets,
  };
  const vocabulary = new Vocabulary(built.model.vocab, [...raw, ...normalized]);
  return new TextTokenizer({
    model: built.model.kind,
    engine: bertEngine(file, built) ?? byteLevelEngine(file, built, general) ?? new GeneralEngine(general),
    vocabulary,
    template: post,
    decoder: buildDecoder(file.decoder, { where, path: "decoder" }),
    special: specialTokensOf(beside, (token) => vocabulary.tokenToId(token)),
    sha256: sha256(json),
  });
}

/** Models of the SentencePiece kind see the whole text; they get it in pieces where that makes no difference. */
function preTokenizerOf(file: TokenizerFile, { model, bpe }: BuiltModel, where: string): PreTokenizer {
  const own = buildPreTokenizer(file.pre_tokenizer, { where, path: "pre_tokenizer" });
  const cuttable = bpe && !bpe.ignoreMerges && !bpe.continuingPrefix && !bpe.endSuffix;
  return cuttable && !splitsText(file.pre_tokenizer) ? inTurn([own, safeCuts(model.vocab.keys())]) : own;
}

function splitsText(preTokenizer: unknown): boolean {
  const spec = preTokenizer as { type?: string; split?: boolean } | null | undefined;
  return spec ? !(spec.type === "Metaspace" && spec.split === false) : false;
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
