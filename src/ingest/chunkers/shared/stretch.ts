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
  overlap: Emitting["overlap"],
  headingsAt: (end: number) => string[] = () => [],
): Emitting {
  return {
    document,
    tokens: mapTokens(document.text, options.tokens),
    limits: limitsOf(options),
    positionAt: positionsOf(document),
    headingsAt,
    overlap,
  };
}

/** Chunks of a document that has no parts of its own but pages: a chunk lies on one page, so that it can be cited. */
export function* chunkWhole(
  document: Document,
  options: ChunkOptions,
  splitters: readonly Splitter[],
  overlap: Emitting["overlap"],
): Generator<Chunk> {
  if (document.text.trim() === "") return;
  const emitting = beginEmitting(document, options, overlap);
  const { tokens, limits } = emitting;
  let start = 0;
  for (const end of pageEnds(document)) {
    const breaks = newBreaks(start);
    refine({ text: document.text, tokens, limits, breaks }, end, splitters, strength.block, false);
    yield* emit(emitting, breaks);
    start = end;
  }
}

/** Offsets at which another page begins, and the end of the text. */
function pageEnds({ text, segments }: Document): number[] {
  const ends = segments.filter((segment, index) => index > 0 && segment.page !== segments[index - 1]!.page);
  return [...ends.map((segment) => segment.start), text.length];
}
