/** Token counters that tests of chunkers use: two small ones with opposite habits, and the default model's. */
import { join } from "node:path";
import type { TokenCounter } from "../../src/core/ports.ts";
import { parseTokenizer } from "../../src/tokenizers/load.ts";

function byPattern(pattern: RegExp): TokenCounter {
  const tokenStarts = (text: string) => Uint32Array.from(text.matchAll(pattern), (match) => match.index);
  return { tokenStarts, count: (text) => tokenStarts(text).length };
}

/** Pieces of up to four letters or digits, every other character that is no space alone: counts change inside words. */
export const pieces = byPattern(/[\p{L}\p{N}\p{M}]{1,4}|[^\s\p{L}\p{N}\p{M}]/gu);

/** As byte-level tokenizers do: a word's token begins at the space before it, and a run of spaces is one token. */
export const spaced = byPattern(/ ?[\p{L}\p{N}\p{M}]{1,6}| ?[^\s\p{L}\p{N}\p{M}]|\s+/gu);

const modelDir = join(import.meta.dir, "../../.models/all-MiniLM-L6-v2");

/** The default model's own tokenizer, from the folder where the set-up puts it. */
export async function miniLm(): Promise<TokenCounter> {
  const path = join(modelDir, "tokenizer.json");
  return parseTokenizer(await Bun.file(path).text(), path);
}
