/** Byte-level BPE: merges equal to those of the Rust `tokenizers` library. */
import { BYTE_CHARACTERS } from "../byte-alphabet.ts";
import { CL100K_WORDS } from "../byte-level.ts";
import { learnMerges } from "./merges.ts";
import { byteSplitter } from "./split.ts";
import type { Trainer, TrainOptions } from "./trainer.ts";
import type { WordTable } from "./word-table.ts";

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };

const trainer: Trainer = {
  splitter: ({ pattern }) => byteSplitter(pattern),

  async learn(words, options, breathe) {
    const tokens = [...options.special];
    const symbolOfByte = addAlphabet(tokens);
    const merges = await learnMerges({
      ...symbolsOf(words, symbolOfByte),
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
  const split = { type: "Split", pattern: { Regex: CL100K_WORDS }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, { ...byteLevel, use_regex: false }] };
}

/** Appends the letters of all bytes, ordered as the library orders them; gives the id of each byte's. */
function addAlphabet(tokens: string[]): Int32Array {
  const ids = new Int32Array(256);
  const order = BYTE_CHARACTERS.map((letter, byte) => ({ letter, byte })).sort((a, b) =>
    a.letter < b.letter ? -1 : 1,
  );
  for (const { letter, byte } of order) ids[byte] = tokens.push(letter) - 1;
  return ids;
}

/** The words as symbols of their UTF-8 bytes. */
function symbolsOf(words: WordTable, symbolOfByte: Int32Array) {
  let length = 0;
  for (let i = 0; i < words.size; i++) length += words.bytes(i).length;
  const symbols = new Int32Array(length);
  const starts = new Uint32Array(words.size + 1);
  const counts = new Float64Array(words.size);
  let at = 0;
  for (let i = 0; i < words.size; i++) {
    for (const byte of words.bytes(i)) symbols[at++] = symbolOfByte[byte]!;
    starts[i + 1] = at;
    counts[i] = words.count(i);
  }
  return { symbols, starts, counts };
}
