/** Goal: each part of `tokenizer.json` by itself does what the Rust library's does, with every option. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseTokenizer } from "../../src/tokenizers/load.ts";
import { python } from "../support/peers.ts";
import { nastyCorpus } from "./nasty-corpus.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-parts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const texts = [
  ...nastyCorpus(220).filter((text) => text.length < 2_000),
  "the cat, the Cat; THE cat's 42nd",
  "a1b22 c333  d\t\te\n\n\nf ",
  "  two  spaces--and---dashes  ",
  "\u0001\u0002lead\u007f trail\u0003",
].map((text) => text.toWellFormed());
const input = texts.map((text) => JSON.stringify(text)).join("\n");

interface Reference {
  ids: number[];
  offsets: number[];
  text: string;
}
type Parts = Record<string, unknown>;

/** Every byte of a text is a token: what a normalizer makes of it shows. */
const byteTokens = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
const bytes = {
  type: "BPE",
  vocab: Object.fromEntries(byteTokens.map((token, id) => [token, id])),
  merges: [],
  byte_fallback: true,
};
/** Every piece is unknown: where pieces begin and end shows. */
const unknown = {
  type: "WordPiece",
  vocab: { "[UNK]": 0 },
  unk_token: "[UNK]",
  continuing_subword_prefix: "##",
  max_input_chars_per_word: 100,
};

const fileOf = (parts: Parts) =>
  JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...parts,
  });

const split = (pattern: object, behavior: string, invert = false) => ({ type: "Split", pattern, behavior, invert });
const BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

const NORMALIZERS: Parts[] = [
  ...["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"].map((type) => ({ type })),
  { type: "Strip", strip_left: true, strip_right: false },
  { type: "Strip", strip_left: false, strip_right: true },
  { type: "Prepend", prepend: "▁" },
  { type: "Replace", pattern: { String: "a" }, content: "$&bc" },
  { type: "Replace", pattern: { Regex: "\\s+|[[:digit:]]" }, content: "" },
  { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  { type: "BertNormalizer", clean_text: false, handle_chinese_chars: false, strip_accents: true, lowercase: false },
  {
    type: "Sequence",
    normalizers: [{ type: "NFKD" }, { type: "StripAccents" }, { type: "Lowercase" }, { type: "NFC" }],
  },
];

const PRE_TOKENIZERS: Parts[] = [
  ...["BertPreTokenizer", "Whitespace", "WhitespaceSplit"].map((type) => ({ type })),
  ...BEHAVIORS.map((behavior) => ({ type: "Punctuation", behavior })),
  ...BEHAVIORS.map((behavior) => split({ String: " " }, behavior)),
  ...BEHAVIORS.map((behavior) => split({ Regex: "\\w+" }, behavior)),
  ...BEHAVIORS.map((behavior) => split({ Regex: "\\d{1,2}|[^\\s\\d]+" }, behavior, true)),
  split({ Regex: "(?i)THE(?= c)|(?>-+)-?|\\p{Han}|\\h++[^\\S\\n]" }, "Isolated"),
  { type: "Digits", individual_digits: true },
  { type: "Digits", individual_digits: false },
  { type: "CharDelimiterSplit", delimiter: "e" },
  { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: true },
  { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, { type: "Punctuation", behavior: "Isolated" }] },
];

const DECODERS: Parts[] = [
  { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  ...["ByteFallback", "Fuse"].map((type) => ({ type })),
  { type: "WordPiece", prefix: "##", cleanup: true },
  { type: "WordPiece", prefix: "#", cleanup: false },
  { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: true },
  { type: "BPEDecoder", suffix: "</w>" },
  // Of one side only: the library fails where both take the same character.
  { type: "Strip", content: "a", start: 2, stop: 0 },
  { type: "Strip", content: "a", start: 0, stop: 1 },
  { type: "Replace", pattern: { String: "a" }, content: "$&" },
  { type: "Replace", pattern: { Regex: "[ab]+" }, content: "x" },
  {
    type: "Sequence",
    decoders: [{ type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }],
  },
];
/** Pieces that decoders treat in their own way; each is one token. */
const PIECES = [
  "a",
  "aa",
  "aab",
  "##a",
  "▁a",
  "▁",
  "a▁b",
  "a</w>",
  "</w>",
  " ",
  "Ġa",
  "Ã",
  "©",
  "<0xE2>",
  "<0x82>",
  "<0xAC>",
  "<0x41>",
  ".",
  "'",
  "n't",
  "do",
  "not",
  "x",
];
const words = {
  model: { ...unknown, vocab: Object.fromEntries(["[UNK]", ...PIECES].map((piece, id) => [piece, id])) },
  pre_tokenizer: split({ String: "|" }, "Removed"),
};
const sentences = [
  "a|##a|▁a|do|not|x|n't|.|'|a</w>|</w>|a",
  "<0xE2>|<0x82>|<0xAC>|<0x41>|<0x82>|x|<0xE2>",
  "▁|▁a|aab|a▁b|aa|Ġa|Ã|©| |Ã|Ã",
];

let results: Map<string, Reference[]>;
const CASES = [
  ...NORMALIZERS.map((normalizer) => ({ part: normalizer, file: fileOf({ normalizer, model: bytes }) })),
  ...PRE_TOKENIZERS.map((pre_tokenizer) => ({ part: pre_tokenizer, file: fileOf({ pre_tokenizer, model: unknown }) })),
];
const DECODING = DECODERS.map((decoder) => ({ part: decoder, file: fileOf({ ...words, decoder }) }));

async function referencesOf(files: readonly string[], stdin: string, count: number): Promise<Reference[][]> {
  const paths = await Promise.all(
    files.map(async (file, i) => {
      const path = join(folder, `${count}-${i}.json`);
      await Bun.write(path, file);
      return path;
    }),
  );
  const lines = (await python("test/parity/encode_reference.py", paths, stdin)).map((line) => JSON.parse(line));
  return files.map((_, i) => lines.slice(i * count, (i + 1) * count));
}

beforeAll(async () => {
  const all = [...CASES, ...DECODING];
  const encoded = await referencesOf(
    CASES.map(({ file }) => file),
    input,
    texts.length,
  );
  const lines = sentences.map((text) => JSON.stringify(text)).join("\n");
  const decoded = await referencesOf(
    DECODING.map(({ file }) => file),
    lines,
    sentences.length,
  );
  results = new Map(all.map(({ file }, i) => [file, [...encoded, ...decoded][i]!]));
}, 300_000);

const named = (cases: typeof CASES) => cases.map(({ part, file }) => [JSON.stringify(part), file] as const);

describe("normalizers", () => {
  test.each(named(CASES.slice(0, NORMALIZERS.length)))("%s makes the library's text", (_, file) => {
    const tokenizer = parseTokenizer(file, "test");
    expect(
      texts.filter((text, i) => !Bun.deepEquals([...tokenizer.encode(text).ids], results.get(file)![i]!.ids)),
    ).toEqual([]);
  });
});

describe("pre-tokenizers", () => {
  test.each(named(CASES.slice(NORMALIZERS.length)))("%s cuts where the library cuts", (_, file) => {
    const tokenizer = parseTokenizer(file, "test");
    const differences = texts.filter((text, i) => {
      const units = [0];
      for (const character of text) units.push(units.at(-1)! + character.length);
      const { starts, ends } = tokenizer.encode(text);
      const spans = Array.from(starts).flatMap((start, k) => [start, ends[k]!]);
      return !Bun.deepEquals(
        spans,
        results.get(file)![i]!.offsets.map((offset) => units[offset]!),
      );
    });
    expect(differences).toEqual([]);
  });
});

describe("decoders", () => {
  test.each(named(DECODING))("%s joins tokens as the library does", (_, file) => {
    const tokenizer = parseTokenizer(file, "test");
    for (const [i, sentence] of sentences.entries()) {
      const { ids, text } = results.get(file)![i]!;
      expect([...tokenizer.encode(sentence).ids]).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });
});
