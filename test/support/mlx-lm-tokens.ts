/** Tokens and filtered log-probabilities of mlx-lm, to compare ours with. */
import { sameLibrary } from "./mlx-lm-adapters.ts";

export interface TokensRequest {
  model: string;
  prompt: readonly number[];
  max_tokens: number;
  seed?: number;
  sampler?: Record<string, unknown>;
  processors?: Record<string, unknown>;
  rotating?: number;
  draft?: string;
  step?: Record<string, unknown>;
}

export interface LogprobsRequest {
  logits: number[][];
  seed?: number;
  sampler?: Record<string, unknown>;
  processors?: Record<string, unknown>;
  recent?: readonly number[];
}

export interface Answer {
  tokens: number[];
  /** Null where a token was dropped. */
  logprobs: (number | null)[][];
}

/** All in one process, with the MLX library that mdp loads: others multiply in another order. */
export function mlxLmTokens(requests: readonly (TokensRequest | LogprobsRequest)[]): Promise<Answer[]> {
  return sameLibrary<Answer>("test/parity/generate_reference.py", requests);
}
