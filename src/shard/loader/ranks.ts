/** How the rows of a global batch are shared among ranks. */

/**
 * Rows `[from, to)` of a global batch that a rank takes: contiguous, in rank order, and never more than one row apart
 * between ranks. With fewer rows than ranks some ranks get none, but every rank sees every batch.
 */
export function rowsOfRank(rows: number, rank: number, world: number): { from: number; to: number } {
  return { from: Math.floor((rows * rank) / world), to: Math.floor((rows * (rank + 1)) / world) };
}
