/** Which texts go through the model together: near equal in length, so that little is padding. */

export interface BatchLimits {
  /** Tokens of one batch, padding counted; a longer text is a batch by itself. */
  batchTokens: number;
  /** Batches that are computed side by side. */
  streams: number;
}

/**
 * Rounds of at most `streams` batches of indices into `lengths`, longest texts first. Batches are evened out so that
 * the streams of a round end together and the last round is not left with one.
 */
export function planRounds(lengths: readonly number[], { batchTokens, streams }: BatchLimits): number[][][] {
  const order = Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const rounds = Math.ceil(total / (batchTokens * streams));
  const even = Math.ceil(total / (rounds * streams));
  const batches = fill(order, lengths, Math.min(batchTokens, even));
  return Array.from({ length: Math.ceil(batches.length / streams) }, (_, round) =>
    batches.slice(round * streams, (round + 1) * streams),
  );
}

function fill(order: readonly number[], lengths: readonly number[], batchTokens: number): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    const longest = lengths[batch[0] ?? index]!;
    if (batch.length > 0 && (batch.length + 1) * longest > batchTokens) {
      batches.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
