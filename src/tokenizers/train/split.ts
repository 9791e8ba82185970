/** How texts are cut into words before training: as the trained tokenizers will cut them. */
import { assert } from "../../core/errors.ts";
import { ALONE, type BertNormalizer, COMPLEX, SPACE } from "../bert-normalizer.ts";
import { cl100k } from "../scanners/cl100k.ts";
import { gpt2 } from "../scanners/gpt2.ts";
import { prepareScanners, type Scanner } from "../scanners/scanner.ts";
import type { wordPatternNames } from "./config.ts";
import type { WordTable } from "./word-table.ts";

/** Cuts a text into words and counts them; a lone surrogate counts as U+FFFD. */
export type Splitter = (text: string, words: WordTable) => void;

/** Which words byte-level BPE takes: those of GPT-2, or those of Llama 3 and cl100k. */
export type BytePattern = (typeof wordPatternNames)[number];

const scanners: Record<BytePattern, Scanner> = { gpt2, llama3: cl100k(3) };

/** Scanners look this far beyond the end. */
const ZEROS = 4;

/** Words of byte-level BPE. */
export function byteSplitter(pattern: BytePattern): Splitter {
  prepareScanners();
  const scan = scanners[pattern];
  const encoder = new Utf8();
  return (text, words) => {
    const { bytes, length } = encoder.encode(text);
    for (let at = 0; at < length; ) {
      const end = scan(bytes, at, length);
      assert(end > at, "a word has letters");
      words.add(bytes, at, end);
      at = end;
    }
  };
}

/** Words of WordPiece: normalized, cut at whitespace, punctuation and ideographs. */
export function bertSplitter(normalizer: BertNormalizer): Splitter {
  const { kinds } = normalizer;
  const encoder = new Utf8();
  return (given, words) => {
    const text = given.toWellFormed();
    const add = (word: string) => {
      const { bytes, length } = encoder.encode(word);
      words.add(bytes, 0, length);
    };
    let start = 0;
    let complex = false;
    const flush = (end: number) => {
      if (end === start) return;
      const stretch = text.slice(start, end);
      if (complex) for (const word of normalizer.words(stretch)) add(word.text);
      else add(normalizer.plain(stretch));
    };
    for (let i = 0; i < text.length; ) {
      const code = text.codePointAt(i)!;
      const next = i + (code > 0xffff ? 2 : 1);
      const kind = kinds[code]!;
      if (kind === SPACE || kind === ALONE) {
        flush(i);
        if (kind === ALONE) for (const word of normalizer.words(text.slice(i, next))) add(word.text);
        start = next;
        complex = false;
      } else if (kind === COMPLEX) complex = true;
      i = next;
    }
    flush(text.length);
  };
}

/** Words of Unigram: each begins with a mark in the place of its space, and the first has one too. */
export function spaceSplitter(mark: string): Splitter {
  const encoder = new Utf8();
  const markBytes = new TextEncoder().encode(mark);
  return (text, words) => {
    if (text === "") return;
    const marked = text.replaceAll(" ", mark);
    const { bytes, length } = encoder.encode(marked.startsWith(mark) ? marked : mark + marked);
    for (let start = 0; start < length; ) {
      let end = start + markBytes.length;
      while (end < length && !markBytes.every((byte, i) => bytes[end + i] === byte)) end++;
      words.add(bytes, start, Math.min(end, length));
      start = end;
    }
  };
}

/** UTF-8 of one text after the other in one array, zeros after its end. */
class Utf8 {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(1 << 12);

  encode(text: string): { bytes: Uint8Array; length: number } {
    const needed = Buffer.byteLength(text) + ZEROS;
    if (needed > this.#bytes.length) this.#bytes = new Uint8Array(Math.ceil(needed * 1.25));
    const { written } = this.#encoder.encodeInto(text, this.#bytes);
    this.#bytes.fill(0, written, written + ZEROS);
    return { bytes: this.#bytes, length: written };
  }
}
