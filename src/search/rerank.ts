/** The best rows of a ranking in a new order: by a model that reads the query and each passage together. */
import type { Reranker } from "../core/ports.ts";
import type { ChunkRecord } from "../core/record.ts";
import { byScore, type Fused } from "./fusion.ts";
import { firstLines } from "./shown-headings.ts";

export interface RerankOptions {
  reranker: Pick<Reranker, "score" | "scale">;
  query: string;
  /** Rows from the front of the ranking that the model reads. */
  top: number;
  /** What the model's score counts beside the rank, 0–1. */
  weight: number;
  signal?: AbortSignal | undefined;
}

/** What the reranker made of a row. */
export interface RerankedRow {
  /** 1-based rank before. */
  from: number;
  /** Score before. */
  before: number;
  /** The model's score as a probability; absent for rows that it did not read. */
  score?: number;
}

export interface Reranked extends Fused {
  reranked: RerankedRow;
  /** What the rank before and the model's score add; they sum up to the score. */
  parts: { position: number; reranker: number };
}

/** The first ranks differ by little, so that the model decides where it is sure of itself. */
const RANK_K = 60;

/**
 * Ranks again: score = (1 − w)·61/(60 + rank before) + w·p, where p is the model's score as a probability (a logit goes
 * through the logistic function) and 0 for rows behind `top`. Where the model sees no difference the rank decides.
 *
 * @param textsOf the passages of rows, in their order
 */
export async function rerank(
  ranked: readonly Fused[],
  textsOf: (rows: readonly Fused[]) => Promise<string[]>,
  { reranker, query, top, weight, signal }: RerankOptions,
): Promise<Reranked[]> {
  const read = ranked.slice(0, top);
  const scores = read.length === 0 ? [] : await reranker.score(query, await textsOf(read), { signal });
  const isLogit = reranker.scale === "logit";
  const probabilities = Array.from(scores, (score) => (isLogit ? 1 / (1 + Math.exp(-score)) : score));
  return blend(ranked, probabilities, weight);
}

/** @param probabilities of the first rows; those without one count as 0 */
export function blend(ranked: readonly Fused[], probabilities: readonly number[], weight: number): Reranked[] {
  const rows = ranked.map((row, index): Reranked => {
    const score = probabilities[index];
    const position = ((1 - weight) * (RANK_K + 1)) / (RANK_K + index + 1);
    const parts = { position, reranker: weight * (score ?? 0) };
    return {
      ...row,
      score: parts.position + parts.reranker,
      parts,
      reranked: { from: index + 1, before: row.score, ...(score === undefined ? {} : { score }) },
    };
  });
  return rows.sort(byScore);
}

/** What the model reads of a passage: the headings that its own first lines do not show, then its text. */
export function readText({ headings, text }: Pick<ChunkRecord, "headings" | "text">): string {
  const passage = text.trim();
  const shown = firstLines(text);
  const above = headings.filter((heading) => !shown.includes(heading));
  return above.length === 0 ? passage : `${above.join(" > ")}\n\n${passage}`;
}
