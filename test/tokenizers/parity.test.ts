/** Goal: ids, spans and special-token masks equal the Rust tokenizers library's, on text that breaks tokenizers. */
import { beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseTokenizer } from "../../src/tokenizers/load.ts";
import type { Encoding, Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { MODEL_DIR, python } from "../support/peers.ts";
import { everyCodePoint, nastyCorpus } from "./nasty-corpus.ts";

const FILE = join(MODEL_DIR, "tokenizer.json");
let tokenizer: Tokenizer;

interface Reference {
  ids: number[];
  offsets: number[];
  special: number[];
}

beforeAll(async () => {
  tokenizer = parseTokenizer(await Bun.file(FILE).text(), FILE);
});

async function reference(texts: readonly string[], file = FILE, ...args: string[]): Promise<Reference[]> {
  const input = texts.map((text) => JSON.stringify(text.toWellFormed())).join("\n");
  const lines = await python("test/parity/tokenize_reference.py", [file, ...args], input);
  return lines.map((line) => JSON.parse(line) as Reference);
}

/** The reference counts in code points, we in UTF-16 code units. */
function unitsOf(text: string): number[] {
  const units = [0];
  for (const character of text.toWellFormed()) units.push(units.at(-1)! + character.length);
  return units;
}

function differences(texts: readonly string[], expected: Reference[], encode: (text: string) => Encoding): string[] {
  expect(expected.length).toBe(texts.length);
  return texts.filter((text, i) => {
    const { ids, offsets, special } = expected[i]!;
    const units = unitsOf(text);
    const encoding = encode(text);
    const spans = Array.from(encoding.starts).flatMap((start, k) => [start, encoding.ends[k]!]);
    return !(
      Bun.deepEquals([...encoding.ids], ids) &&
      Bun.deepEquals([...encoding.special], special) &&
      Bun.deepEquals(
        spans,
        offsets.map((offset) => units[offset]!),
      )
    );
  });
}

/** The same with another `tokenizer.json`. */
async function differencesWith(file: unknown, texts: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "mdp-tokenizer-"));
  try {
    const path = join(folder, "tokenizer.json");
    writeFileSync(path, JSON.stringify(file));
    const other = parseTokenizer(JSON.stringify(file), path);
    return differences(texts, await reference(texts, path), (text) => other.encode(text));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("BERT tokenizer against the Rust library", () => {
  test("2,500 nasty lines have no difference", async () => {
    const corpus = nastyCorpus(2_500);
    expect(differences(corpus, await reference(corpus), (text) => tokenizer.encode(text))).toEqual([]);
  });

  test("code points of every block have no difference, in a word, with a mark, before a capital", async () => {
    const corpus = everyCodePoint(13);
    expect(differences(corpus, await reference(corpus), (text) => tokenizer.encode(text))).toEqual([]);
  });

  test("a limit cuts the same tokens", async () => {
    const corpus = nastyCorpus(300);
    const encode = (text: string) => tokenizer.encode(text, { maxTokens: 16 });
    expect(differences(corpus, await reference(corpus, FILE, "16"), encode)).toEqual([]);
  });

  test.each([
    ["cased, with accents", { lowercase: false, strip_accents: null }],
    ["lower case, with accents", { lowercase: true, strip_accents: false }],
    ["control characters kept", { clean_text: false }],
    ["ideographs not set apart", { handle_chinese_chars: false }],
  ])("a normalizer of another kind (%s) has no difference", async (_, options) => {
    const edited = JSON.parse(await Bun.file(FILE).text());
    Object.assign(edited.normalizer, options);
    const corpus = [...nastyCorpus(400), ...everyCodePoint(101)];
    expect(await differencesWith(edited, corpus)).toEqual([]);
  });

  test("added tokens that take the whitespace beside them have no difference", async () => {
    const edited = JSON.parse(await Bun.file(FILE).text());
    for (const token of edited.added_tokens) Object.assign(token, { lstrip: token.id !== 100, rstrip: token.id > 101 });
    const spaces = [" ", "\t\n", "\u3000", "\u0085", "\ufeff", "x", ""];
    const tokens = ["[CLS]", "[MASK]", "[UNK]", "[SEP]"];
    const corpus = spaces.flatMap((a) =>
      spaces.flatMap((b) => tokens.map((t, i) => `a${a}${t}${b}${tokens[3 - i]}${a}b`)),
    );
    expect(await differencesWith(edited, corpus)).toEqual([]);
  });
});
