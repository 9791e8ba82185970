/** Pre-tokenizers: a stretch of text becomes the pieces that the model sees one by one. */
import { type Sourced, sliceOf } from "../sourced.ts";

export type Emit = (piece: Sourced) => void;

/** Calls `emit` for each piece, from left to right; empty ones are left out. */
export type PreTokenizer = (piece: Sourced, emit: Emit) => void;

export type Behavior = "Removed" | "Isolated" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";

/** A stretch of a text: what a pattern matched, or what lies between matches. */
interface Stretch {
  start: number;
  end: number;
  match: boolean;
}

/** Splits at the matches of a global pattern, which are looked for in `view` of the text, of the same length. */
export function splitter(
  pattern: RegExp,
  behavior: Behavior,
  invert = false,
  view: (text: string) => string = (text) => text,
): PreTokenizer {
  if (behavior === "Isolated" || behavior === "Removed") {
    const kept = behavior === "Isolated" ? 2 : invert ? 1 : 0;
    const finders = { next: pattern, here: new RegExp(pattern.source, pattern.flags.replace("g", "y")) };
    return (piece, emit) => eachStretch(view(piece.text), finders, piece, kept, emit);
  }
  const merge = MERGED[behavior];
  return (piece, emit) => {
    const stretches = stretchesOf(view(piece.text), pattern, invert);
    for (const { start, end } of merge(stretches)) if (end > start) emit(sliceOf(piece, start, end));
  };
}

/** Emits what matches (`kept` is 1), what does not (0), or both (2), one by one. */
function eachStretch(text: string, { next, here }: Finders, piece: Sourced, kept: number, emit: Emit): void {
  let at = 0;
  while (at < text.length) {
    // Most patterns match word after word: then no object is made for the match.
    here.lastIndex = at;
    let start = at;
    let end = here.test(text) ? here.lastIndex : at;
    for (next.lastIndex = at; end === start; next.lastIndex++) {
      const match = next.exec(text);
      if (!match) break;
      start = match.index;
      end = start + match[0].length;
    }
    if (end === start) break;
    if (start > at && kept !== 1) emit(sliceOf(piece, at, start));
    if (kept !== 0) emit(sliceOf(piece, start, end));
    at = end;
  }
  if (at < text.length && kept !== 1) emit(sliceOf(piece, at, text.length));
}

/** A pattern that looks ahead, and one that looks at a place only. */
interface Finders {
  next: RegExp;
  here: RegExp;
}

function stretchesOf(text: string, pattern: RegExp, invert: boolean): Stretch[] {
  const stretches: Stretch[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const start = match.index;
    if (start > at) stretches.push({ start: at, end: start, match: invert });
    at = start + match[0].length;
    stretches.push({ start, end: at, match: !invert });
  }
  if (at < text.length) stretches.push({ start: at, end: text.length, match: invert });
  return stretches;
}

/** Cuts before each place that the rule finds after another; places ascend, -1 for none. */
export function cutBefore(next: (text: string, after: number) => number): PreTokenizer {
  return (piece, emit) => {
    const { text } = piece;
    if (text === "") return;
    let at = 0;
    for (let cut = next(text, 0); cut > 0; cut = next(text, cut)) {
      emit(sliceOf(piece, at, cut));
      at = cut;
    }
    emit(at === 0 ? piece : sliceOf(piece, at, text.length));
  };
}

const MERGED: Record<Exclude<Behavior, "Isolated" | "Removed">, (stretches: Stretch[]) => Stretch[]> = {
  Contiguous: (stretches) => joined(stretches, (stretch, before) => stretch.match === before),
  MergedWithPrevious: (stretches) => joined(stretches, (stretch, before) => stretch.match && !before),
  MergedWithNext: (stretches) =>
    joined(stretches.toReversed(), (stretch, before) => stretch.match && !before).toReversed(),
};

/** Joins a stretch to the one before it where the rule says so; before the first there is no match. */
function joined(stretches: Stretch[], rule: (stretch: Stretch, before: boolean) => boolean): Stretch[] {
  const out: Stretch[] = [];
  let before = false;
  for (const stretch of stretches) {
    const last = out.at(-1);
    if (last && rule(stretch, before)) {
      last.start = Math.min(last.start, stretch.start);
      last.end = Math.max(last.end, stretch.end);
    } else out.push({ ...stretch });
    before = stretch.match;
  }
  return out;
}

/**
 * Leaves a text whole up to a limit of code units, and cuts a longer one where a separator follows it: memory of models
 * that look at a whole text grows with the piece.
 */
export function bounded(separator: string, limit: number): PreTokenizer {
  return cutBefore((text, after) => (text.length - after > limit ? text.indexOf(separator, after + limit) : -1));
}

/** One after the other. */
export function inTurn(steps: readonly PreTokenizer[]): PreTokenizer {
  const [first, ...rest] = steps;
  if (!first) return (piece, emit) => emit(piece);
  if (rest.length === 0) return first;
  const then = inTurn(rest);
  return (piece, emit) => first(piece, (part) => then(part, emit));
}
