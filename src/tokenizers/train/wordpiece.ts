/**
 * WordPiece over BERT's words: merges by count, as the Rust library learns them. Its ids of `##` letters follow the
 * order of a hash table; here they follow code points, so that ties fall the same way each time.
 */
import { BertNormalizer } from "../bert-normalizer.ts";
import { Alphabet } from "./alphabet.ts";
import { learnMerges } from "./merges.ts";
import { bertSplitter } from "./split.ts";
import type { Trainer } from "./trainer.ts";
import type { WordTable } from "./word-table.ts";

const PREFIX = "##";
/** The finished tokenizer takes longer words as unknown; BERT's own limit. */
const MAX_CHARS_PER_WORD = 100;

const trainer: Trainer = {
  splitter({ lowercase }) {
    const options = { cleanText: true, handleChineseChars: true, stripAccents: lowercase, lowercase };
    return bertSplitter(new BertNormalizer(options, Number.POSITIVE_INFINITY));
  },

  async learn(words, options, breathe) {
    const tokens = [...options.special];
    const alphabet = Alphabet.of(words, options.vocabSize - tokens.length);
    await learnMerges({
      ...symbolsOf(words, alphabet, tokens),
      tokens,
      vocabSize: options.vocabSize,
      minFrequency: options.minFrequency,
      prefix: PREFIX,
      breathe,
    });
    return {
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: options.lowercase,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: null,
      decoder: { type: "WordPiece", prefix: PREFIX, cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: PREFIX,
        max_input_chars_per_word: MAX_CHARS_PER_WORD,
      },
      tokens,
    };
  },
};

export default trainer;

/** Adds the letters, first as they begin words, then as they go on; a letter outside the alphabet is passed over. */
function symbolsOf(words: WordTable, alphabet: Alphabet, tokens: string[]) {
  const begins = alphabet.letters.map((letter) => tokens.push(letter) - 1);
  const inside = new Set<number>();
  let total = 0;
  for (let i = 0; i < words.size; i++) {
    let first = true;
    words.codePoints(i, (code) => {
      const symbol = alphabet.symbol(code);
      if (symbol === 0) return;
      total++;
      if (!first) inside.add(symbol);
      first = false;
    });
  }
  const goesOn = new Map<number, number>();
  for (const symbol of [...inside].sort((a, b) => a - b)) {
    goesOn.set(symbol, tokens.push(PREFIX + alphabet.letters[symbol - 1]!) - 1);
  }
  const symbols = new Int32Array(total);
  const starts = new Uint32Array(words.size + 1);
  const counts = new Float64Array(words.size);
  let at = 0;
  for (let i = 0; i < words.size; i++) {
    const from = at;
    words.codePoints(i, (code) => {
      const symbol = alphabet.symbol(code);
      if (symbol !== 0) symbols[at] = at++ === from ? begins[symbol - 1]! : goesOn.get(symbol)!;
    });
    starts[i + 1] = at;
    counts[i] = words.count(i);
  }
  return { symbols, starts, counts };
}
