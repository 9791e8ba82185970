/** Goal: the scanners cut every text where their regular expressions cut it. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CL100K_WORDS, QWEN2_WORDS } from "../../../src/tokenizers/byte-level.ts";
import { GPT2_WORDS } from "../../../src/tokenizers/pre-tokenizers/build.ts";
import { translateRegex, withoutNewer } from "../../../src/tokenizers/regex.ts";
import { cl100k } from "../../../src/tokenizers/scanners/cl100k.ts";
import { gpt2 } from "../../../src/tokenizers/scanners/gpt2.ts";
import { prepareScanners, type Scanner } from "../../../src/tokenizers/scanners/scanner.ts";
import { everyCodePoint, nastyCorpus } from "../nasty-corpus.ts";

prepareScanners();

function wordsOf(scanner: Scanner, text: string): string[] {
  const written = new TextEncoder().encode(text);
  const bytes = new Uint8Array(written.length + 4);
  bytes.set(written);
  const words: string[] = [];
  for (let at = 0; at < written.length; ) {
    const end = scanner(bytes, at, written.length);
    words.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(at, end)));
    at = end;
  }
  return words;
}

function wordsByPattern(pattern: RegExp, text: string): string[] {
  return Array.from(withoutNewer(text).matchAll(pattern), ({ 0: word, index }) =>
    text.slice(index, index + word.length),
  );
}

/** Characters at which the patterns take another turn. */
const TURNS = [
  ..." \t\n\r\v\f\u0085\u00a0\u3000\u2028\ufeff'\"aZsStTmMdDrRvVlLeE09½²٣๒é中ſ한\u0301\u200d-_.,!/()🙂😀𝟘𠀀",
  "  ",
  "\r\n",
  " \n ",
  "'ll",
  "'S",
  "'ve",
  "'ſ",
  "123",
];
const text = fc.array(fc.oneof(fc.constantFrom(...TURNS), fc.string({ unit: "binary", maxLength: 2 })), {
  maxLength: 24,
});

describe.each([
  ["GPT-2", gpt2, GPT2_WORDS],
  ["Llama 3", cl100k(3), CL100K_WORDS],
  ["Qwen 2", cl100k(1), QWEN2_WORDS],
] as const)("the scanner of %s", (_, scanner, source) => {
  const pattern = translateRegex(source);

  test("cuts any mixture of hard characters as its pattern does", () => {
    fc.assert(
      fc.property(text, (parts) => {
        const whole = parts.join("").toWellFormed();
        expect(wordsOf(scanner, whole)).toEqual(wordsByPattern(pattern, whole));
      }),
      { numRuns: 3_000 },
    );
  });

  test("cuts the nasty corpus, and every code point beside others, as its pattern does", () => {
    for (const line of [...nastyCorpus(400), ...everyCodePoint(3)]) {
      const whole = line.toWellFormed();
      expect(wordsOf(scanner, whole)).toEqual(wordsByPattern(pattern, whole));
    }
  });
});
