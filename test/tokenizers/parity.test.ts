/** Goal: ids, spans and special-token masks equal the Rust tokenizers library's, on text that breaks tokenizers. */
import { beforeAll, describe, expect, test } from "bun:test";
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

async function reference(texts: readonly string[], ...args: string[]): Promise<Reference[]> {
  const input = texts.map((text) => JSON.stringify(text.toWellFormed())).join("\n");
  const lines = await python("test/parity/tokenize_reference.py", [FILE, ...args], input);
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
    expect(differences(corpus, await reference(corpus, "16"), encode)).toEqual([]);
  });
});
