/** InfoNCE (van den Oord et al. 2018): each text is to be nearer to its partner than to the rest of the batch. */
import * as mx from "../../mlx/index.ts";
import { HIDDEN } from "../../mlx/nn/attention.ts";

export interface InfoNceOptions {
  /** Divides the similarities; small values press the nearest strangers away most. */
  temperature: number;
  /** Also asks of each positive to find its anchor among all anchors; the loss is the mean of both. */
  symmetric: boolean;
}

/** Rows of length 1, so that their products are cosines. */
export interface ContrastiveVectors {
  /** `[rows, width]`. */
  anchors: mx.MlxArray;
  /** `[rows, width]`: each row's partner. */
  positives: mx.MlxArray;
  /** `[any, width]`: strangers to every anchor, besides the other positives. */
  negatives?: mx.MlxArray | undefined;
}

/**
 * Mean over the rows of −log softmax of the partner's similarity, one number. `excluded` bool
 * `[rows, rows + negatives]` takes candidates out, as `sameTexts` finds them.
 */
export function infoNceLoss(
  { anchors, positives, negatives }: ContrastiveVectors,
  { temperature, symmetric }: InfoNceOptions,
  excluded?: mx.MlxArray,
): mx.MlxArray {
  const rows = anchors.shape[0]!;
  const candidates = negatives ? mx.concatenate([positives, negatives]) : positives;
  const cosines = mx.matmul(anchors, mx.transpose(candidates));
  const scores = mx.divide(cosines, temperature);
  const seen = excluded ? mx.where(excluded, HIDDEN, scores) : scores;
  const partners = mx.diagonal(mx.slice(scores, [null, [0, rows]]));
  const forward = mx.mean(mx.subtract(mx.logsumexp(seen, 1), partners));
  if (!symmetric) return forward;
  const among = mx.slice(seen, [null, [0, rows]]);
  const backward = mx.mean(mx.subtract(mx.logsumexp(among, 0), partners));
  return mx.divide(mx.add(forward, backward), 2);
}

export interface ContrastiveTexts {
  anchors: readonly string[];
  positives: readonly string[];
  negatives: readonly string[];
}

/**
 * Candidates that are no strangers to an anchor: 1 at `[row, candidate]` where the candidate's text is the anchor's
 * own or a positive of the same anchor text, or where its anchor is the same; undefined when there are none. A row's
 * own partner is never one.
 */
export function sameTexts({ anchors, positives, negatives }: ContrastiveTexts): Uint8Array<ArrayBuffer> | undefined {
  const rows = anchors.length;
  const candidates = [...positives, ...negatives];
  const partners = new Map<string, Set<string>>();
  for (const [row, anchor] of anchors.entries()) {
    const known = partners.get(anchor) ?? new Set([anchor]);
    partners.set(anchor, known.add(positives[row]!));
  }
  const excluded = new Uint8Array(rows * candidates.length);
  let count = 0;
  for (const [row, anchor] of anchors.entries()) {
    const known = partners.get(anchor)!;
    for (const [index, text] of candidates.entries()) {
      if (index === row || !(known.has(text) || anchors[index] === anchor)) continue;
      excluded[row * candidates.length + index] = 1;
      count++;
    }
  }
  return count === 0 ? undefined : excluded;
}
