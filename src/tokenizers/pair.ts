/** Two texts as one row of ids, as the rerankers of the BERT family read them. */

/** A part of a pair: ids of the template's own, or one of the two texts. */
export type PairPart =
  | { readonly ids: readonly number[]; readonly type: number }
  | { readonly text: 0 | 1; readonly type: number };

/** The parts in order; `type` is the segment of their tokens. */
export type PairTemplate = readonly PairPart[];

/** A pair without tokens of the template's own. */
export const PLAIN_PAIR: PairTemplate = [
  { text: 0, type: 0 },
  { text: 1, type: 0 },
];

export interface EncodedPair {
  ids: Uint32Array;
  /** Segment of each token. */
  types: Uint8Array;
  /** A text was cut. */
  truncated: boolean;
}

/**
 * Joins the ids of two texts, without special tokens, by a template. Over `maxTokens` the longer text is cut first, then
 * both equally: what Hugging Face's tokenizers call `longest_first`.
 */
export function joinPair(
  template: PairTemplate,
  first: Uint32Array,
  second: Uint32Array,
  maxTokens = Number.POSITIVE_INFINITY,
): EncodedPair {
  const own = template.reduce((sum, part) => sum + ("ids" in part ? part.ids.length : 0), 0);
  const kept = lengthsWithin(first.length, second.length, Math.max(0, maxTokens - own));
  const texts = [first.subarray(0, kept[0]), second.subarray(0, kept[1])];
  const ids = new Uint32Array(own + kept[0] + kept[1]);
  const types = new Uint8Array(ids.length);
  let at = 0;
  for (const part of template) {
    const piece = "ids" in part ? part.ids : texts[part.text]!;
    ids.set(piece, at);
    types.fill(part.type, at, at + piece.length);
    at += piece.length;
  }
  return { ids, types, truncated: kept[0] < first.length || kept[1] < second.length };
}

/**
 * The lengths to which two texts are cut: the shorter one stays while it is at most half, else each gets half and the
 * longer one the odd token. Where both alone are over the limit, the Rust library may give that token to the other.
 */
function lengthsWithin(first: number, second: number, limit: number): [number, number] {
  if (first + second <= limit) return [first, second];
  const half = Math.floor(limit / 2);
  const short = Math.min(first, second, half);
  return first <= second ? [short, limit - short] : [limit - short, short];
}
