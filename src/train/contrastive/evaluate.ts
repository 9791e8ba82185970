/** How well anchors find what belongs to them among all texts of the held-out rows. */
import * as mx from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/index.ts";
import { encodeTexts, type TrainedEncoder } from "./encode.ts";
import type { ContrastiveRow } from "./rows.ts";

/** Anchors whose distances to all texts are held at once. */
const COMPARED = 128;

export interface RetrievalScores {
  /** Share of anchors whose nearest text is one of theirs. */
  recallAt1: number;
  /** Mean over the anchors of 1 / rank of the first text that is theirs. */
  mrr: number;
  /** Different anchors. */
  anchors: number;
  /** Different texts among which each looks. */
  candidates: number;
}

/** Scores of these rows; a text at the same distance as the right one counts as nearer. */
export function scoreRetrieval(
  model: TrainedEncoder,
  params: Params,
  rows: readonly ContrastiveRow[],
): RetrievalScores {
  const positives = new Map<string, Set<string>>();
  for (const { anchor, positive } of rows) {
    positives.set(anchor, (positives.get(anchor) ?? new Set()).add(positive));
  }
  const candidates = [...new Set(rows.flatMap(({ positive, negatives }) => [positive, ...negatives]))];
  const anchors = [...positives.keys()];
  const ranks = mx.tidy(() => {
    const queries = encodeTexts(model, params, anchors, "query");
    const documents = mx.transpose(encodeTexts(model, params, candidates, "document"));
    const found: number[] = [];
    for (let first = 0; first < anchors.length; first += COMPARED) {
      const part = anchors.slice(first, first + COMPARED);
      const cosines = mx.tidy(() =>
        mx.matmul(mx.slice(queries, [[first, first + part.length]]), documents).toFloat32(),
      );
      for (const [row, anchor] of part.entries()) {
        const own = positives.get(anchor)!;
        const scores = cosines.subarray(row * candidates.length, (row + 1) * candidates.length);
        found.push(rankOf(scores, (index) => own.has(candidates[index]!)));
      }
    }
    return found;
  });
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    recallAt1: mean(ranks.map((rank) => Number(rank === 1))),
    mrr: mean(ranks.map((rank) => 1 / rank)),
    anchors: anchors.length,
    candidates: candidates.length,
  };
}

/** Position of the best right one, from 1; the last where scores are no numbers. */
function rankOf(scores: Float32Array, isRight: (index: number) => boolean): number {
  const best = scores.reduce((most, score, index) => (isRight(index) ? Math.max(most, score) : most), -Infinity);
  return 1 + scores.reduce((nearer, score, index) => nearer + Number(!(score < best || isRight(index))), 0);
}
