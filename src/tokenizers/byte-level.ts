/** Finds out whether a tokenizer can go the fast way of byte-level BPE, and makes its engine. */
import * as v from "valibot";
import { BYTE_CHARACTERS } from "./byte-alphabet.ts";
import { ByteLevelEngine } from "./byte-level-engine.ts";
import { GeneralEngine, type GeneralParts } from "./general-engine.ts";
import type { BuiltModel } from "./models/build.ts";
import { cl100k } from "./scanners/cl100k.ts";
import { gpt2 } from "./scanners/gpt2.ts";
import type { Scanner } from "./scanners/scanner.ts";
import type { TokenizerFile } from "./tokenizer-file.ts";

/** The words of cl100k and Llama 3. */
export const CL100K_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
/** The words of Qwen 2: digits stand alone. */
export const QWEN2_WORDS = CL100K_WORDS.replace("{1,3}", "");

/** Regular expressions of split pre-tokenizers that have a scanner. */
const SCANNERS: ReadonlyMap<string, Scanner> = new Map([
  [CL100K_WORDS, cl100k(3)],
  [QWEN2_WORDS, cl100k(1)],
]);

/** Normalizers that leave a text alone when JavaScript's own normal form does. */
const Normalizer = v.nullish(v.object({ type: v.literal("NFC") }));
const ByteLevel = v.object({
  type: v.literal("ByteLevel"),
  add_prefix_space: v.boolean(),
  use_regex: v.optional(v.boolean(), true),
});
const SplitThenBytes = v.object({
  type: v.literal("Sequence"),
  pretokenizers: v.tuple([
    v.object({
      type: v.literal("Split"),
      pattern: v.object({ Regex: v.string() }),
      behavior: v.literal("Isolated"),
      invert: v.optional(v.literal(false)),
    }),
    v.object({ type: v.literal("ByteLevel"), add_prefix_space: v.literal(false), use_regex: v.literal(false) }),
  ]),
});

function wordsOf(preTokenizer: unknown): { scanner: Scanner; addPrefixSpace: boolean } | undefined {
  const alone = v.safeParse(ByteLevel, preTokenizer);
  if (alone.success && alone.output.use_regex) {
    return { scanner: gpt2, addPrefixSpace: alone.output.add_prefix_space };
  }
  const split = v.safeParse(SplitThenBytes, preTokenizer);
  const scanner = split.success ? SCANNERS.get(split.output.pretokenizers[0].pattern.Regex) : undefined;
  return scanner ? { scanner, addPrefixSpace: false } : undefined;
}

/** The engine of a tokenizer with such parts; undefined for any other. */
export function byteLevelEngine(
  file: TokenizerFile,
  { bpe }: BuiltModel,
  general: GeneralParts,
): ByteLevelEngine | undefined {
  const words = wordsOf(file.pre_tokenizer);
  if (!bpe || !words || bpe.continuingPrefix || bpe.endSuffix) return undefined;
  if (!v.safeParse(Normalizer, file.normalizer).success) return undefined;
  const byteIds = Int32Array.from(BYTE_CHARACTERS, (character) => bpe.vocab.get(character) ?? -1);
  if (byteIds.includes(-1)) return undefined;
  return new ByteLevelEngine({
    added: general.added,
    addedNormalized: general.addedNormalized,
    normalizer: general.normalizer,
    general: new GeneralEngine(general),
    scanner: words.scanner,
    vocab: bpe.vocab,
    merges: bpe.merges,
    byteIds,
    ignoreMerges: bpe.ignoreMerges,
    addPrefixSpace: words.addPrefixSpace,
    trimOffsets: general.trimOffsets,
  });
}
