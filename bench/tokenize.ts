/**
 * Speed of `tokenStarts` on whole documents, as the chunkers call it.
 *
 * usage: bun bench/tokenize.ts [--mb 8] [--model DIR]
 * Prints one JSON object: megabytes (of characters) per second, first pass and median of five, per kind of text.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseTokenizer } from "../src/tokenizers/load.ts";
import { numbers, sentencesOfRepository } from "./support/text.ts";

const { values } = parseArgs({
  options: {
    mb: { type: "string", default: "8" },
    model: { type: "string", default: resolve(import.meta.dir, "../.models/all-MiniLM-L6-v2") },
  },
});
const length = Number(values.mb) * 1e6;
const file = join(values.model, "tokenizer.json");
const json = await Bun.file(file).text();
const next = numbers(1);

/** Pieces until the text is long enough. */
function fill(piece: () => string): string {
  const pieces: string[] = [];
  for (let size = 0; size < length; size += pieces.at(-1)!.length) pieces.push(piece());
  return pieces.join("").slice(0, length);
}

const sentences = sentencesOfRepository();
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
const texts = {
  english: fill(() => `${sentences[next(sentences.length)]} `),
  accents: fill(() => `${sentences[next(sentences.length)]!.replaceAll("e", "é").replaceAll("o", "ö")} `),
  ideographs: fill(() => String.fromCharCode(0x4e00 + next(0x5000))),
  // No word comes twice: nothing can be remembered.
  random: fill(() => `${Array.from({ length: 3 + next(9) }, () => letters[next(letters.length)]).join("")} `),
  "one word": "x".repeat(length),
};

const report: Record<string, { first: number; median: number }> = {};
for (const [name, text] of Object.entries(texts)) {
  const tokenizer = parseTokenizer(json, file);
  const speeds = Array.from({ length: 6 }, () => {
    const started = performance.now();
    tokenizer.tokenStarts(text);
    return Math.round(text.length / 1e5 / ((performance.now() - started) / 1000)) / 10;
  });
  report[name] = { first: speeds[0]!, median: speeds.slice(1).toSorted((a, b) => a - b)[2]! };
}
console.log(JSON.stringify(report, null, 2));
