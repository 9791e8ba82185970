/** The sizes that a chunk must keep, worked out once per document. */
import type { ChunkOptions } from "../chunker.ts";

/**
 * Characters (UTF-16 code units) that a chunk may have per token of its limit. Prose has four to five; the bound is
 * for text that a tokenizer folds into few tokens, such as a two-megabyte "word" that is one unknown token.
 */
export const charactersPerToken = 16;

export interface Limits {
  /** Tokens of a whole chunk, overlap included. */
  maxTokens: number;
  /** Characters of a whole chunk, overlap included. */
  maxCharacters: number;
  /** Tokens of a chunk without its overlap; only a piece that must stay whole may go up to `maxTokens`. */
  bodyTokens: number;
  overlapTokens: number;
}

export function limitsOf(options: Pick<ChunkOptions, "maxTokens" | "overlapTokens">): Limits {
  const maxTokens = Math.max(1, Math.floor(options.maxTokens));
  const overlapTokens = Math.min(Math.max(0, Math.floor(options.overlapTokens)), Math.floor(maxTokens / 2));
  return {
    maxTokens,
    maxCharacters: maxTokens * charactersPerToken,
    bodyTokens: maxTokens - overlapTokens,
    overlapTokens,
  };
}
