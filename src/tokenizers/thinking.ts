/** Whether a model thinks before it answers: by words of its vocabulary, as mlx-lm finds out. */
import type { Tokenizer } from "./tokenizer.ts";

/** Words between which models think. */
const THINKING = [
  ["<think>", "</think>"],
  ["<longcat_think>", "</longcat_think>"],
  ["<|think:start|>", "<|think:end|>"],
  ["<|channel>", "<channel|>"],
] as const;

/** Variables that mlx-lm gives every chat template, to train and to generate, unless others are asked for. */
export function thinkingVariables(tokenizer: Pick<Tokenizer, "tokenToId">): Record<string, unknown> {
  return {
    enable_thinking: THINKING.some((pair) => pair.every((token) => tokenizer.tokenToId(token) !== undefined)),
  };
}
