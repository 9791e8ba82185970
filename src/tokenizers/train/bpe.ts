/** Byte-level BPE: merges equal to those of the Rust `tokenizers` library. */
import { byteAlphabet } from "./byte-alphabet.ts";
import { learnMerges } from "./merges.ts";
import { bytePatterns, byteSplitter } from "./split.ts";
import type { Trainer, TrainOptions } from "./trainer.ts";
import { grown, type WordTable } from "./word-table.ts";

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };

const trainer: Trainer = {
  splitter: ({ pattern }) => byteSplitter(pattern),

  async learn(words, options, breathe) {
    const tokens = [...options.special];
    const symbolOfByte = addAlphabet(tokens);
    const merges = await learnMerges({
      ...bytesOf(words, symbolOfByte),
      tokens,
      vocabSize: options.vocabSize,
      minFrequency: options.minFrequency,
      breathe,
    });
    return {
      normalizer: null,
      pre_tokenizer: preTokenizer(options),
      post_processor: { ...byteLevel, use_regex: true },
      decoder: { ...byteLevel, use_regex: true },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
      },
      tokens,
      merges,
    };
  },
};

export default trainer;

function preTokenizer({ pattern }: TrainOptions) {
  if (pattern === "gpt2") return { ...byteLevel, use_regex: true };
  const split = { type: "Split", pattern: { Regex: bytePatterns[pattern] }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, { ...byteLevel, use_regex: false }] };
}

/** Appends the letters of all bytes, ordered as the library orders them; gives the id of each byte's. */
function addAlphabet(tokens: string[]): Int32Array {
  const ids = new Int32Array(256);
  const letters = byteAlphabet();
  const order = letters.map((letter, byte) => ({ letter, byte })).sort((a, b) => (a.letter < b.letter ? -1 : 1));
  for (const { letter, byte } of order) ids[byte] = tokens.push(letter) - 1;
  return ids;
}

/** The words as symbols of their UTF-8 bytes. */
function bytesOf(words: WordTable, symbolOfByte: Int32Array) {
  const starts = new Uint32Array(words.size + 1);
  const counts = new Float64Array(words.size);
  let symbols = new Int32Array(1 << 16);
  let length = 0;
  const push = (byte: number) => {
    if (length === symbols.length) symbols = grown(symbols, length * 2);
    symbols[length++] = symbolOfByte[byte]!;
  };
  for (let i = 0; i < words.size; i++) {
    words.codePoints(i, (code) => {
      if (code < 0x80) return push(code);
      if (code < 0x800) push(0xc0 | (code >> 6));
      else {
        if (code < 0x10000) push(0xe0 | (code >> 12));
        else {
          push(0xf0 | (code >> 18));
          push(0x80 | ((code >> 12) & 0x3f));
        }
        push(0x80 | ((code >> 6) & 0x3f));
      }
      push(0x80 | (code & 0x3f));
    });
    starts[i + 1] = length;
    counts[i] = words.count(i);
  }
  return { symbols, starts, counts };
}
