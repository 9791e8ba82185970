/** Combining the two legs of a hybrid search into one ranking. */

/** Where a leg ranked a row. */
export interface Leg {
  /** 1-based. */
  rank: number;
  /** Cosine for the vector leg, BM25 times the coverage for the text leg. */
  score: number;
  /** Share of the question's words that the passage holds, 0–1; of the text leg, where it is asked a question. */
  coverage?: number;
}

export type LegName = "vector" | "text";

export interface Fused {
  id: string;
  score: number;
  legs: { vector?: Leg; text?: Leg };
  /** What each leg adds to the score, and the query in other words. */
  contributions: { vector?: number; text?: number; rewrites?: number };
  /** Ranks among the hits of the query in other words. */
  rewritten?: { query: string; rank: number }[];
}

/** Rows of one leg, best first. */
export type Ranking = readonly { id: string; score: number; coverage?: number }[];

/** `alpha` is the weight of the vector leg, 0–1; the text leg has the rest. */
export interface Fusion {
  kind: "rrf" | "convex";
  alpha: number;
}

/** The constant of reciprocal rank fusion (Cormack, Clarke, Büttcher 2009). */
const RRF_K = 60;

/** What a rank is worth: the first 1, the others less. */
function reciprocalRank(rank: number): number {
  return (RRF_K + 1) / (RRF_K + rank);
}

/**
 * BM25, summed over the columns and times the coverage, that is worth a half in convex fusion. An absolute scale: a passage that shares one
 * common word with a question has 2 or 3 and counts little, also where nothing better was found.
 */
export const TEXT_HALF = 10;

/** The vector leg's scores stretched to 0–1 over its candidates; all 1 where they are equal. */
function stretch(ranking: Ranking): (score: number) => number {
  const best = ranking[0]?.score ?? 0;
  const worst = ranking.at(-1)?.score ?? 0;
  return best === worst ? () => 1 : (score) => (score - worst) / (best - worst);
}

/** What a rank and score of each leg are worth, 0–1 before the weights. */
function worth(rankings: Record<LegName, Ranking>, { kind, alpha }: Fusion): Record<LegName, (leg: Leg) => number> {
  if (kind === "rrf") {
    return {
      vector: ({ rank }) => alpha * reciprocalRank(rank),
      text: ({ rank }) => (1 - alpha) * reciprocalRank(rank),
    };
  }
  const vector = stretch(rankings.vector);
  return {
    vector: ({ score }) => alpha * vector(score),
    text: ({ score }) => ((1 - alpha) * score) / (score + TEXT_HALF),
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
    for (const [index, found] of rankings[name].entries()) {
      const { id } = found;
      const row = rows.get(id) ?? { id, score: 0, legs: {}, contributions: {} };
      const leg = legOf(found, index);
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
  return ranking.map((found, index) => ({
    id: found.id,
    score: found.score,
    legs: { [name]: legOf(found, index) },
    contributions: { [name]: found.score },
  }));
}

function legOf({ score, coverage }: Ranking[number], index: number): Leg {
  return { rank: index + 1, score, ...(coverage === undefined ? {} : { coverage }) };
}

/**
 * One ranking of several whose scores cannot be compared, by rank: the first of each has the score 1. What the legs add
 * is scaled along.
 */
export function interleave<T extends Fused>(rankings: readonly (readonly T[])[]): T[] {
  const rows = rankings.flatMap((ranking) =>
    ranking.map((row, index) => {
      const score = reciprocalRank(index + 1);
      const scale = row.score === 0 ? 0 : score / row.score;
      const parts = Object.entries(row.contributions).map(([name, part]) => [name, part * scale]);
      return { ...row, score, contributions: Object.fromEntries(parts) };
    }),
  );
  return rows.sort(byScore);
}
