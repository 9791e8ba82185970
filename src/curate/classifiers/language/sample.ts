/** Pieces of a long text that stand for the whole. */

/** Pieces from a long text, evenly spread from its start to its end. */
const PIECES = 4;

/**
 * The text itself when it is no longer than `PIECES` pieces, else pieces of about `pieceChars` UTF-16 code units at
 * fixed places. A piece begins after the first space near its place, so that it begins with a word where the script has
 * spaces.
 */
export function sample(text: string, pieceChars: number): string[] {
  if (text.length <= pieceChars) return [text];
  const count = Math.min(PIECES, Math.ceil(text.length / pieceChars));
  const stride = Math.max(pieceChars, (text.length - pieceChars) / (count - 1));
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor(index * stride);
    const space = index === 0 ? -1 : text.slice(at, at + 40).search(/\s/);
    const start = at + space + 1;
    return text.slice(start, start + pieceChars);
  });
}
