/** Operations that turn text into token ids (int32). */
import { bytesOf, vector } from "../array.ts";
import { type BPEMerges, tokenizeByMerges } from "../bpe-merges.ts";
import { type CharTrie, type TokenizeOptions, tokenizeByTrie } from "../char-trie.ts";
import { arrayAt, type Op } from "../sample.ts";
import { type OutputKey, onKey, withKey } from "./keys.ts";

export const tokenOps = {
  /** The fewest or cheapest tokens of a trie that spell a text; with `mode: "rand"` any that do. */
  tokenize(key: string, trie: CharTrie, { outputKey = key, ...options }: OutputKey & TokenizeOptions = {}): Op {
    return (sample, ordinal) => {
      const ids = tokenizeByTrie(bytesOf(arrayAt(sample, key)), trie, options, ordinal);
      return withKey(sample, outputKey, vector(ids));
    };
  },

  /** Byte-pair encoding: symbols first, then merges, the lowest token first. */
  tokenizeBpe(key: string, symbols: CharTrie, merges: BPEMerges, options: OutputKey = {}): Op {
    return onKey(key, options, (array) => vector(tokenizeByMerges(bytesOf(array), symbols, merges)));
  },
};
