/** What each kind of tokenizer offers to training: how it cuts texts into words, and how it learns from their counts. */
import type { BytePattern, Splitter } from "./split.ts";
import type { WordTable } from "./word-table.ts";

export interface TrainOptions {
  /** Tokens of the finished vocabulary, special ones counted. */
  vocabSize: number;
  /** Pairs (BPE, WordPiece) that come less often make no token. */
  minFrequency: number;
  /** Byte-level BPE: the pattern of words. */
  pattern: BytePattern;
  /** WordPiece: lower case, and letters without accents. */
  lowercase: boolean;
  /** Tokens with the first ids. */
  special: readonly string[];
}

/** The parts of `tokenizer.json` that depend on the kind of tokenizer. */
export interface Learned {
  normalizer: unknown;
  pre_tokenizer: unknown;
  post_processor: unknown;
  decoder: unknown;
  /** Fields of `model` before the vocabulary. */
  model: Readonly<Record<string, unknown>>;
  /** By id. */
  tokens: readonly string[];
  /** BPE: ids of each pair, by rank. */
  merges?: readonly (readonly [number, number])[];
  /** Unigram: log probabilities, by id. */
  scores?: Float64Array;
}

export interface Trainer {
  splitter(options: TrainOptions): Splitter;
  /** `breathe` is awaited now and then with the number of tokens, which Unigram brings down to `options.vocabSize`. */
  learn(words: WordTable, options: TrainOptions, breathe: Breathe): Promise<Learned>;
}

export type Breathe = (done: number) => Promise<void>;
