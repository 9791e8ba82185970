/** Builds a tokenizer from a SentencePiece `.model` file. */
import { MdpError, messageOf } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { AddedTokens } from "../added-tokens.ts";
import { GeneralEngine } from "../general-engine.ts";
import { bounded } from "../pre-tokenizers/pre-tokenizer.ts";
import { safeCuts } from "../pre-tokenizers/safe-cuts.ts";
import { specialTokensOf } from "../special-tokens.ts";
import { TextTokenizer } from "../text-tokenizer.ts";
import type { SpecialTokens, Tokenizer } from "../tokenizer.ts";
import { Vocabulary } from "../vocabulary.ts";
import { sentencePieceDecoder } from "./decoder.ts";
import { sentencePieceModel } from "./model.ts";
import { CONTROL, type ModelFile, readModelFile, USER_DEFINED } from "./model-file.ts";
import { SPACE_SYMBOL, sentencePieceNormalizer } from "./normalizer.ts";

/** Sums of scores are rounded along the whole text, so it is cut only where its length would take much memory. */
const LONGEST_PIECE = 1_000_000;

/** `where` names the file in errors; `beside` are the parsed files that name special tokens. */
export function parseSentencePiece(bytes: Uint8Array, where: string, beside: readonly unknown[] = []): Tokenizer {
  const file = read(bytes, where);
  const model = sentencePieceModel(file, where);
  const userDefined = file.pieces.flatMap(({ piece, type }, id) => (type === USER_DEFINED ? [{ piece, id }] : []));
  const texts = userDefined.map(({ piece }) => piece);
  // BPE never merges across such a symbol; Unigram finds them by their score.
  const symbols = userDefined.map(({ piece, id }) => {
    return { id, content: piece, lstrip: false, rstrip: false };
  });
  const engine = new GeneralEngine({
    added: new AddedTokens([]),
    addedNormalized: new AddedTokens(model.kind === "BPE" ? symbols : []),
    normalizer: sentencePieceNormalizer({
      ...file.normalizer,
      whitespaceAsSuffix: file.whitespaceAsSuffix,
      userDefined: texts,
    }),
    preTokenizer:
      model.kind === "BPE" ? safeCuts(file.pieces.map(({ piece }) => piece)) : bounded(SPACE_SYMBOL, LONGEST_PIECE),
    model,
    trimOffsets: false,
  });
  const vocabulary = new Vocabulary(
    model.vocab,
    file.pieces.flatMap(({ piece, type }, id) => (type === CONTROL ? [{ id, content: piece, special: true }] : [])),
  );
  const special = { ...ownSpecials(file), ...specialTokensOf(beside, (token) => vocabulary.tokenToId(token)) };
  return new TextTokenizer({
    model: model.kind,
    engine,
    vocabulary,
    template: { before: addsBos(beside) && special.bos !== undefined ? [special.bos] : [], after: [] },
    decoder: sentencePieceDecoder(file),
    special,
    sha256: sha256(bytes),
  });
}

function read(bytes: Uint8Array, where: string): ModelFile {
  try {
    return readModelFile(bytes);
  } catch (cause) {
    throw new MdpError({
      code: "tokenizer-unreadable",
      message: `this is no SentencePiece model (${messageOf(cause)})`,
      where,
      hint: "download the model again, or name its tokenizer.json",
      cause,
    });
  }
}

function ownSpecials({ unkId, bosId, eosId, padId, pieces }: ModelFile): SpecialTokens {
  const special: SpecialTokens = {};
  const known = (id: number) => id >= 0 && id < pieces.length;
  if (known(unkId)) special.unk = unkId;
  if (known(bosId)) special.bos = bosId;
  if (known(eosId)) special.eos = eosId;
  if (known(padId)) special.pad = padId;
  return special;
}

/** The `.model` file does not tell whether a text begins with a token of its own; Llama's settings do. */
function addsBos(beside: readonly unknown[]): boolean {
  return beside.some((file) => (file as { add_bos_token?: unknown } | null)?.add_bos_token === true);
}
