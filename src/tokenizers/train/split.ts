/** How texts are cut into words before training: the pre-tokenizers that the trained tokenizers will have. */
import type { WordTable } from "./word-table.ts";

/** Cuts a text into words and counts them. */
export type Splitter = (text: string, words: WordTable) => void;

/** Patterns of byte-level BPE; they match every character of a text, so that one match ends where the next begins. */
export const bytePatterns = {
  gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  llama3: String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
} as const;
export type BytePattern = keyof typeof bytePatterns;

/** The Rust library's `\s` is Unicode's property; JavaScript's has U+FEFF in its place of U+0085. */
function withUnicodeSpaces(pattern: string): RegExp {
  return new RegExp(pattern.replaceAll("\\s", "\\p{White_Space}").replaceAll("\\S", "\\P{White_Space}"), "gu");
}

/** Words as byte-level BPE takes them. */
export function byteSplitter(pattern: BytePattern): Splitter {
  const word = withUnicodeSpaces(bytePatterns[pattern]);
  return (text, words) => {
    let start = 0;
    word.lastIndex = 0;
    while (word.test(text)) {
      words.add(text, start, word.lastIndex);
      start = word.lastIndex;
    }
  };
}
