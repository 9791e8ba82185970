/** The pieces of one generation, added up: its text, its tokens, and how fast they came. */
import * as mx from "../../mlx/index.ts";
import type { TextPiece } from "../../models/generate/text.ts";

/** Names as mlx-lm gives them. */
export interface GenerateReport {
  text: string;
  /** Ids of the generated tokens, without the one that ended the text. */
  tokens: number[];
  prompt_tokens: number;
  /** Tokens of the prompt per second, until the first one came. */
  prompt_tps: number;
  /** All that were generated, the one that ended the text included. */
  generation_tokens: number;
  generation_tps: number;
  /** In GB. */
  peak_memory: number;
  /** `stop`: a token or text that ends; `length`: the limit of tokens. */
  finish_reason: "stop" | "length";
  /** Tokens that a draft model had guessed; absent without one. */
  draft_tokens?: number;
}

export interface Tally {
  add(piece: TextPiece): void;
  /** All tokens, the one that ended the text included. */
  readonly tokens: readonly number[];
  report(): GenerateReport;
}

/** Begins with the prompt; `hasDraft`: a draft model guesses. */
export function tally(promptTokens: number, eosIds: readonly number[], hasDraft: boolean): Tally {
  const started = performance.now();
  let first = started;
  const all: number[] = [];
  let [text, guessed] = ["", 0];
  let finish: "stop" | "length" = "length";
  return {
    tokens: all,
    add(piece) {
      if (all.length === 0) first = performance.now();
      all.push(piece.token);
      if (piece.fromDraft) guessed++;
      finish = piece.finishReason ?? finish;
      text += piece.text;
    },
    report: () => ({
      text,
      tokens: all.filter((token) => !eosIds.includes(token)),
      prompt_tokens: promptTokens,
      prompt_tps: promptTokens / seconds(started, first),
      generation_tokens: all.length,
      generation_tps: all.length / seconds(first, performance.now()),
      peak_memory: mx.peakMemory() / 1e9,
      finish_reason: finish,
      ...(hasDraft ? { draft_tokens: guessed } : {}),
    }),
  };
}

function seconds(from: number, to: number): number {
  return Math.max(1e-9, (to - from) / 1000);
}
