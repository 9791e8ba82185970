/** Makes chunks of one stretch of a document: packs its breaks, adds overlaps, verifies every size. */
import type { Chunk, Document } from "../../../core/document.ts";
import { type Breaks, strength } from "./breaks.ts";
import { isWordGap, lineEnd, skipSpace, trimEnd } from "./characters.ts";
import type { Limits } from "./limits.ts";
import { pack } from "./pack.ts";
import type { Position } from "./positions.ts";
import type { TokenMap } from "./token-map.ts";

export interface Emitting {
  document: Document;
  tokens: TokenMap;
  limits: Limits;
  positionAt: (offset: number) => Position;
  /** Heading path that holds for a chunk whose own text ends at `end`. */
  headingsAt: (end: number) => string[];
  /** Where an overlap may begin when no sentence is short enough: at a word of prose, at a line of code. */
  overlap: "word" | "line";
}

export function* emit(emitting: Emitting, breaks: Breaks): Generator<Chunk> {
  const { document, tokens, limits } = emitting;
  let previous = 0;
  let from = 0;
  for (const to of pack(document.text, breaks, tokens, limits)) {
    const start = breaks.offsets[from]!;
    const end = breaks.offsets[to]!;
    const repeated = from === 0 ? start : overlapStart(emitting, breaks, previous, from, end);
    const chunk = chunkOf(emitting, repeated, end) ?? chunkOf(emitting, start, end);
    previous = from;
    if (chunk) {
      if (hasContent(chunk)) yield chunk;
    } else {
      // Pieces of a parted word can make more tokens together than apart: alone each was seen to fit.
      yield* pieces(emitting, breaks, from, to);
      previous = to - 1;
    }
    from = to;
  }
}

function* pieces(emitting: Emitting, breaks: Breaks, from: number, to: number): Generator<Chunk> {
  const unlimited = { ...emitting, limits: { ...emitting.limits, maxTokens: Number.POSITIVE_INFINITY } };
  for (let k = from; k < to; k++) {
    const start = breaks.offsets[k]!;
    const end = breaks.offsets[k + 1]!;
    const chunk = chunkOf(unlimited, start, end);
    if (chunk && hasContent(chunk)) yield chunk;
  }
}

function hasContent(chunk: Chunk): boolean {
  return chunk.tokens > 0 && skipSpace(chunk.text, 0, chunk.text.length) < chunk.text.length;
}

/** The chunk of a span, or undefined when it is over a limit. */
function chunkOf(emitting: Emitting, start: number, end: number): Chunk | undefined {
  const { document, tokens, limits, positionAt, headingsAt } = emitting;
  if (end - start > limits.maxCharacters) return undefined;
  const count = tokens.count(start, end);
  if (count > limits.maxTokens) return undefined;
  const first = skipSpace(document.text, start, end);
  const last = trimEnd(document.text, first, end);
  const begins = positionAt(first);
  return {
    start,
    end,
    text: document.text.slice(start, end),
    headings: headingsAt(end),
    tokens: count,
    startLine: begins.line,
    endLine: positionAt(Math.max(first, last - 1)).line,
    page: begins.page,
  };
}

/**
 * Where the chunk whose own text runs from break `from` to `end` begins with its overlap: at the earliest sentence (or
 * line, item, row) within reach, else at the earliest word or line; never in the middle of a piece that stays whole, and
 * always after `previous`, the break at which the chunk before began.
 */
function overlapStart(emitting: Emitting, breaks: Breaks, previous: number, from: number, end: number): number {
  const { document, tokens, limits, overlap } = emitting;
  const { offsets, strengths, solid } = breaks;
  const start = offsets[from]!;
  const room = Math.min(limits.overlapTokens, limits.maxTokens - tokens.count(start, end));
  if (room <= 0) return start;
  const reach = Math.max(tokens.backBy(start, room), end - limits.maxCharacters);
  let sentence = start;
  let word = start;
  let loose = true;
  for (let k = from - 1; k > previous && offsets[k]! >= reach; k--) {
    loose &&= solid[k + 1] === 0;
    if (strengths[k]! > strength.word) sentence = offsets[k]!;
    else if (loose && overlap === "word" && strengths[k] === strength.word) word = offsets[k]!;
  }
  if (sentence < start) return sentence;
  if (word < start || solid[from]) return word;
  const earliest = Math.max(reach, offsets[from - 1]! + 1);
  const first = overlap === "word" ? firstWord : firstLine;
  return first(document.text, earliest, start);
}

/** The first beginning of a line in `[from, to)`, or `to`. */
function firstLine(text: string, from: number, to: number): number {
  return lineEnd(text, from - 1, to);
}

/** The first beginning of a word in `[from, to)`, or `to`. */
function firstWord(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && !isWordGap(text.charCodeAt(at - 1))) at++;
  return skipSpace(text, at, to);
}
