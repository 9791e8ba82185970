/** What a generation may be told, with mlx-lm's defaults. */
import type { KeySequence } from "../../mlx/nn/key-sequence.ts";
import type { LayerCache } from "../cache/cache.ts";
import { type PenaltyOptions, penaltyDefaults } from "./processors.ts";
import { type SamplingOptions, samplingDefaults } from "./sampler.ts";

export interface TokenOptions extends SamplingOptions, PenaltyOptions {
  /** Tokens to generate at most; -1 goes on until the text ends. */
  maxTokens: number;
  /** Seed of the random keys, as `mx.random.seed` right before mlx-lm generates. */
  seed: number;
  /** Random keys to go on with, in place of a seed. */
  keys?: KeySequence | undefined;
  /** Prompt tokens of one call. */
  prefillStepSize: number;
  /** Keys and values that are kept: the first 4 tokens and the last of the rest. Default: all. */
  maxKvSize?: number | undefined;
  /** Bits of quantized keys and values. Default: they are not quantized. */
  kvBits?: number | undefined;
  kvGroupSize: number;
  /** Tokens in the cache from which on it is quantized. */
  quantizedKvStart: number;
  /** Tokens that XTC never drops. */
  spared: readonly number[];
  /** One per layer, gone on with and left as they are then; the caller frees them. Default: new ones, freed at the end. */
  caches?: LayerCache[] | undefined;
  signal?: AbortSignal | undefined;
  /** Tokens of the prompt that were processed, of how many. */
  onPrompt?: ((done: number, total: number) => void) | undefined;
}

export const tokenDefaults: TokenOptions = {
  ...samplingDefaults,
  ...penaltyDefaults,
  maxTokens: 256,
  seed: 0,
  prefillStepSize: 2048,
  kvGroupSize: 64,
  quantizedKvStart: 5000,
  spared: [],
};

export interface GeneratedToken {
  token: number;
  /** The draft model had guessed it. */
  fromDraft: boolean;
}
