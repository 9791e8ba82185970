/** Places where a text may be cut, with how good a place each is. */

/** From best to worst. A chunk ends at a worse place only where that saves more than it costs (see `pack.ts`). */
export const strength = {
  /** Between blocks: paragraphs, lists, tables, top-level pieces of code. */
  block: 6,
  /** Between paragraphs, rows, list items. */
  paragraph: 5,
  sentence: 4,
  line: 3,
  /** After a heading or a line that introduces what follows ("as follows:"). */
  lead: 2,
  word: 1,
  /** Inside a word or a run of characters without spaces. */
  inside: 0,
} as const;

/** The break points of one stretch of text: ascending offsets, the first and the last are its borders. */
export interface Breaks {
  offsets: number[];
  /** By index as `offsets`; the borders' values have no meaning. */
  strengths: number[];
  /** By index: 1 when what lies between the previous offset and this one must not be repeated in part as overlap. */
  solid: number[];
}

/** Adds break points inside `[start, end)`, ascending, through `add`. */
export type Splitter = (
  text: string,
  start: number,
  end: number,
  add: (offset: number, strength: number) => void,
) => void;

export function newBreaks(start: number): Breaks {
  return { offsets: [start], strengths: [strength.block], solid: [0] };
}

/** Appends the break at which the stretch since the last one ends. */
export function addBreak(breaks: Breaks, offset: number, value: number, solid: boolean): void {
  breaks.offsets.push(offset);
  breaks.strengths.push(value);
  breaks.solid.push(solid ? 1 : 0);
}
