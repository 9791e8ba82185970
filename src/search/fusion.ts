/** Combining the two legs of a hybrid search into one ranking. */

/** Where a leg ranked a row. */
export interface Leg {
  /** 1-based. */
  rank: number;
  /** Cosine for the vector leg, BM25 for the text leg. */
  score: number;
}

export type LegName = "vector" | "text";

export interface Fused {
  id: string;
  score: number;
  legs: { vector?: Leg; text?: Leg };
  /** What each leg adds to the score. */
  contributions: { vector?: number; text?: number };
}

/** Rows of one leg, best first. */
export type Ranking = readonly { id: string; score: number }[];

export type Fusion = { kind: "rrf" } | { kind: "convex"; alpha: number };

/** The constant of reciprocal rank fusion (Cormack, Clarke, Büttcher 2009). */
const RRF_K = 60;

/** Share of a rank: a row that leads both legs has the score 1. */
function reciprocalRank(rank: number): number {
  return (RRF_K + 1) / (RRF_K + rank) / 2;
}

/** A leg's scores stretched to 0–1; all 1 where they are equal. */
function minMax(ranking: Ranking): (score: number) => number {
  const best = ranking[0]?.score ?? 0;
  const worst = ranking.at(-1)?.score ?? 0;
  return best === worst ? () => 1 : (score) => (score - worst) / (best - worst);
}

/** What a rank and score of each leg are worth. */
function worth(rankings: Record<LegName, Ranking>, fusion: Fusion): Record<LegName, (leg: Leg) => number> {
  if (fusion.kind === "rrf") {
    const share = ({ rank }: Leg) => reciprocalRank(rank);
    return { vector: share, text: share };
  }
  const vector = minMax(rankings.vector);
  const text = minMax(rankings.text);
  return {
    vector: ({ score }) => fusion.alpha * vector(score),
    text: ({ score }) => (1 - fusion.alpha) * text(score),
  };
}

/** Best first; equal scores by id, so that the order is always the same. */
export function byScore(a: { score: number; id: string }, b: { score: number; id: string }): number {
  return b.score - a.score || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** One ranking of all rows of both legs, scores 0–1. A row that a leg did not find gets nothing from it. */
export function fuse(rankings: Record<LegName, Ranking>, fusion: Fusion): Fused[] {
  const rows = new Map<string, Fused>();
  const value = worth(rankings, fusion);
  for (const name of ["vector", "text"] as const) {
    for (const [index, { id, score }] of rankings[name].entries()) {
      const row = rows.get(id) ?? { id, score: 0, legs: {}, contributions: {} };
      const leg = { rank: index + 1, score };
      row.legs[name] = leg;
      row.contributions[name] = value[name](leg);
      row.score += row.contributions[name];
      rows.set(id, row);
    }
  }
  return [...rows.values()].sort(byScore);
}

/** The ranking of a single leg: its own scores stand. */
export function alone(name: LegName, ranking: Ranking): Fused[] {
  return ranking.map(({ id, score }, index) => ({
    id,
    score,
    legs: { [name]: { rank: index + 1, score } },
    contributions: { [name]: score },
  }));
}

/**
 * One ranking of several whose scores cannot be compared, by rank: the first of each has the score 1. What the legs add
 * is scaled along.
 */
export function interleave<T extends Fused>(rankings: readonly (readonly T[])[]): T[] {
  const rows = rankings.flatMap((ranking) =>
    ranking.map((row, index) => {
      const score = 2 * reciprocalRank(index + 1);
      const scale = row.score === 0 ? 0 : score / row.score;
      const { vector, text } = row.contributions;
      return {
        ...row,
        score,
        contributions: {
          ...(vector === undefined ? {} : { vector: vector * scale }),
          ...(text === undefined ? {} : { text: text * scale }),
        },
      };
    }),
  );
  return rows.sort(byScore);
}
