/** How documents are cut into the pieces that rows are made of. */

/** What decides how documents are cut. */
export interface PieceRules {
  /** Tokens of the widest row. */
  seqLen: number;
  longDocuments: "fragment" | "truncate";
}

/**
 * The pieces of a document of which a row has at most one: as long as a row, the last one shorter. With an overlap of 1
 * each but the first begins with the last token of the one before.
 */
export function cutDocument(
  kept: number,
  seqLen: number,
  overlap: 0 | 1,
  visit: (offset: number, count: number) => void,
): void {
  for (let offset = 0; offset < kept; ) {
    const count = Math.min(kept - offset, seqLen);
    visit(offset, count);
    offset += count;
    if (offset < kept) offset -= overlap;
  }
}

/** Tokens of a document that are kept: all, or a row's worth where long documents are truncated. */
export function keptTokens(length: number, { seqLen, longDocuments }: PieceRules): number {
  return longDocuments === "truncate" ? Math.min(length, seqLen) : length;
}

/** The least width of `dynamic` rows. */
const bucketMin = 32;

/**
 * The width of the `dynamic` row for a piece: the least of 32, 48, 64, 96, 128, … (two per doubling) that holds it, at
 * most `seqLen`. At least two thirds of a row of 48 tokens or more are real tokens.
 */
export function bucketOf(length: number, seqLen: number): number {
  let bucket = bucketMin;
  while (bucket < length) bucket = (bucket & (bucket - 1)) === 0 ? bucket * 1.5 : (bucket / 3) * 4;
  return Math.min(bucket, seqLen);
}
