/** Turns a stretch of text into break points that are close enough for every piece between two of them to fit. */
import { addBreak, type Breaks, type Splitter, strength } from "./breaks.ts";
import type { Limits } from "./limits.ts";
import type { TokenMap } from "./token-map.ts";

export interface Refining {
  text: string;
  tokens: TokenMap;
  limits: Limits;
  breaks: Breaks;
}

/**
 * Appends the breaks of `[start, end)`, where `start` is the last break so far, and closes with one of `closing`
 * strength at `end`. Splitters come from coarse to fine; a finer one is used only on a piece that does not fit, and
 * the first one only then too when the stretch is `solid`: it stays whole where it can.
 */
export function refine(
  refining: Refining,
  end: number,
  splitters: readonly Splitter[],
  closing: number,
  solid: boolean,
): void {
  const { text, breaks } = refining;
  const start = breaks.offsets.at(-1)!;
  if (start >= end) return;
  const whole = fits(refining, start, end);
  const [splitter, ...finer] = splitters;
  if (whole && (solid || !splitter)) {
    addBreak(breaks, end, closing, solid);
    return;
  }
  if (!splitter) {
    splitInside(refining, end, closing);
    return;
  }
  const close = (offset: number, value: number) => {
    const from = breaks.offsets.at(-1)!;
    if (offset <= from) return;
    if (whole || fits(refining, from, offset)) addBreak(breaks, offset, value, solid);
    else refine(refining, offset, finer, value, solid);
  };
  splitter(text, start, end, close);
  close(end, closing);
}

function fits({ tokens, limits }: Refining, start: number, end: number): boolean {
  return end - start <= limits.maxCharacters && tokens.count(start, end) <= limits.maxTokens;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Code units around a cut that are looked at to find the grapheme's border. */
const graphemeWindow = 64;

/** Cuts a run without spaces into pieces of about a quarter of the limits, never inside a code point. */
function splitInside(refining: Refining, end: number, closing: number): void {
  const { text, tokens, limits, breaks } = refining;
  const pieceTokens = Math.max(1, limits.bodyTokens >> 2);
  const pieceCharacters = Math.max(1, limits.maxCharacters >> 2);
  let at = breaks.offsets.at(-1)!;
  while (at < end) {
    const byTokens = tokens.startOf(tokens.before(at) + pieceTokens);
    let next = Math.min(end, at + pieceCharacters, byTokens > at ? byTokens : end);
    if (next < end) next = borderBefore(text, at, next);
    while (!fits(refining, at, next)) {
      const shorter = borderBefore(text, at, at + ((next - at) >> 1));
      if (shorter >= next) break;
      next = shorter;
    }
    addBreak(breaks, next, next === end ? closing : strength.inside, false);
    at = next;
  }
}

/** The last grapheme border in `(start, target]`, else the last code point border there, else the first after. */
function borderBefore(text: string, start: number, target: number): number {
  const from = codePointBorder(text, Math.max(start, target - graphemeWindow));
  const window = text.slice(from, target + graphemeWindow);
  const border = from + (graphemes.segment(window).containing(target - from)?.index ?? window.length);
  if (border > start && border > from) return border;
  const plain = codePointBorder(text, target);
  return plain > start ? plain : start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
}

/** `offset`, or one less when it would part a surrogate pair. */
function codePointBorder(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff && offset > 0 ? offset - 1 : offset;
}
