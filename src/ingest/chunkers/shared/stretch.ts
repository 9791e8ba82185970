/** What every chunker does with a document: one tokenisation, one index of lines, then stretches of breaks. */
import type { Chunk, Document } from "../../../core/document.ts";
import type { ChunkOptions } from "../chunker.ts";
import { newBreaks, type Splitter, strength } from "./breaks.ts";
import { splitCode } from "./code.ts";
import { type Emitting, emit } from "./emit.ts";
import { limitsOf } from "./limits.ts";
import { positionsOf } from "./positions.ts";
import { splitLines, splitProse, splitWords } from "./prose.ts";
import { refine } from "./refine.ts";
import { mapTokens } from "./token-map.ts";

export const proseSplitters: readonly Splitter[] = [splitProse, splitLines, splitWords];
export const codeSplitters: readonly Splitter[] = [splitCode, splitLines, splitWords];

/** Prepares a document for chunking; `headingsAt` says which heading path holds at an offset. */
export function beginEmitting(
  document: Document,
  options: ChunkOptions,
  headingsAt: (end: number) => string[] = () => [],
): Emitting {
  return {
    document,
    tokens: mapTokens(document.text, options.tokens),
    limits: limitsOf(options),
    positionAt: positionsOf(document),
    headingsAt,
  };
}

/** Chunks of a whole document that has no parts of its own. */
export function* chunkWhole(
  document: Document,
  options: ChunkOptions,
  splitters: readonly Splitter[],
): Generator<Chunk> {
  if (document.text.trim() === "") return;
  const emitting = beginEmitting(document, options);
  const breaks = newBreaks(0);
  const { tokens, limits } = emitting;
  refine({ text: document.text, tokens, limits, breaks }, document.text.length, splitters, strength.block, false);
  yield* emit(emitting, breaks);
}
