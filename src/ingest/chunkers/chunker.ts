/** What a chunker is: it cuts one document into passages that fit the embedder. */
import type { Chunk, Document } from "../../core/document.ts";
import type { TokenCounter } from "../../core/ports.ts";

export interface ChunkOptions {
  /** The embedder's tokenizer: every size below is in its tokens, special tokens not counted. */
  tokens: TokenCounter;
  /** Largest chunk, overlap included; at least 1. */
  maxTokens: number;
  /** How much of the previous chunk a chunk repeats at most; more than half of `maxTokens` counts as half. */
  overlapTokens: number;
}

/**
 * Chunks come in order, each a slice of the document's text. Without their overlaps they follow each other without a
 * gap; only a stretch without any token (blank, or control characters) may belong to no chunk.
 */
export interface Chunker {
  name: string;
  chunk(document: Document, options: ChunkOptions): Generator<Chunk>;
}
