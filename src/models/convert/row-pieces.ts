/** Large matrices computed in pieces of rows, one after the other, so that nothing but the result is whole. */
import type { MlxArray } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";

/** Bytes of a piece, about: what lies in a processor's cache is computed several times as fast. */
const PIECE_BYTES = 2 ** 19;

/** The rows of the piece at hand, of an array that has them all. */
export type TakeRows = (array: MlxArray) => MlxArray;

/**
 * What `make` gives for all rows, its arrays put together again. For work that treats each row by itself: its bits are
 * then those of the whole.
 * @param rowBytes of one row of the largest array that `make` computes
 */
export function inRowPieces<T extends object>(rows: number, rowBytes: number, make: (take: TakeRows) => T): T {
  const step = Math.max(1, Math.floor(PIECE_BYTES / rowBytes));
  if (step >= rows) return make((array) => array);
  const pieces: Record<string, MlxArray>[] = [];
  for (let row = 0; row < rows; row += step) {
    const before = pieces.at(-1);
    const range = [[row, Math.min(rows, row + step)]] as const;
    // Or MLX would begin with all pieces together.
    const take: TakeRows = (array) => mx.slice(before ? mx.depends(array, Object.values(before)) : array, range);
    pieces.push({ ...make(take) } as Record<string, MlxArray>);
  }
  const parts = Object.keys(pieces[0]!);
  return Object.fromEntries(parts.map((part) => [part, mx.concatenate(pieces.map((piece) => piece[part]!))])) as T;
}
