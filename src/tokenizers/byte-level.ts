/** Finds out whether a tokenizer can go the fast way of byte-level BPE, and makes its engine. */
import * as v from "valibot";
import { AddedTokens } from "./added-tokens.ts";
import { BYTE_CHARACTERS } from "./byte-alphabet.ts";
import { ByteLevelEngine } from "./byte-level-engine.ts";
import type { Engine } from "./engine.ts";
import { MergeTable } from "./merge-table.ts";
import { check, unsupported } from "./part.ts";
import type { PostProcessor } from "./post-processors.ts";
import { cl100k } from "./scanners/cl100k.ts";
import { gpt2 } from "./scanners/gpt2.ts";
import type { Scanner } from "./scanners/scanner.ts";
import { type TokenizerFile, VocabularyTable } from "./tokenizer-file.ts";

export const BpeModel = v.object({
  vocab: VocabularyTable,
  merges: v.array(v.union([v.string(), v.tuple([v.string(), v.string()])])),
  ignore_merges: v.optional(v.boolean(), false),
});

const LLAMA3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
/** Regular expressions of split pre-tokenizers that have a scanner. */
const SCANNERS: ReadonlyMap<string, Scanner> = new Map([
  [LLAMA3, cl100k(3)],
  [LLAMA3.replace("{1,3}", ""), cl100k(1)],
]);

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
      invert: v.literal(false),
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

export function byteLevelEngine(
  file: TokenizerFile,
  post: PostProcessor,
  where: string,
): { engine: Engine; vocab: ReadonlyMap<string, number> } {
  const model = check(BpeModel, file.model, { where, path: "model" });
  const vocab = new Map(Object.entries(model.vocab));
  const words = wordsOf(file.pre_tokenizer);
  if (!words) throw unsupported("pre_tokenizer", "no scanner for it", where);
  const idOf = (token: string) => {
    const id = vocab.get(token);
    if (id === undefined) throw unsupported("model.merges", `"${token}" is not in the vocabulary`, where);
    return id;
  };
  const merges = model.merges.map((merge) => {
    const [left, right] = typeof merge === "string" ? (merge.split(" ") as [string, string]) : merge;
    return [idOf(left), idOf(right), idOf(left + right)] as const;
  });
  const engine = new ByteLevelEngine({
    added: new AddedTokens(file.added_tokens),
    scanner: words.scanner,
    vocab,
    merges: new MergeTable(merges, merges.length),
    byteIds: Int32Array.from(BYTE_CHARACTERS, idOf),
    ignoreMerges: model.ignore_merges,
    addPrefixSpace: words.addPrefixSpace,
    trimOffsets: post.trimOffsets,
  });
  return { engine, vocab };
}
