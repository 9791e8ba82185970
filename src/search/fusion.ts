/** Combining the two legs of a hybrid search into one ranking. */

/** Where a leg ranked a row. */
export interface Leg {
  /** 1-based. */
  rank: number;
  /** Cosine for the vector leg, BM25 times the coverage for the text leg. */
  score: number;
  /** Share of the question's words that the passage holds, 0–1; of the text leg, where it is asked a question. */
  coverage?: number;
  /** What it counts beside the vectors, in convex fusion of a question: BM25 times another share of its words. */
  evidence?: number;
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

/** A row as a leg found it. */
export interface LegRow {
  id: string;
  score: number;
  coverage?: number;
  /** What the row counts in convex fusion in place of its score. */
  evidence?: number;
}

/** Rows of one leg, best first. */
export type Ranking = readonly LegRow[];

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
 * BM25, summed over the columns and times the share of the question's other words, that is worth a half in convex fusion.
 * An absolute scale: a passage that shares one common word with a question counts little, also where nothing better was
 * found.
 */
export const TEXT_HALF = 5;

/** Rank whose cosine is worth nothing in convex fusion. */
const FLOOR_RANK = 1000;

/** Candidates of the vector leg by which the cosine at `FLOOR_RANK` is estimated. */
export const SCALE_ROWS = 200;

/**
 * The cosine that is worth nothing. Of fewer than `SCALE_ROWS` candidates that of the last one. Else that of the row at
 * `FLOOR_RANK`, as if cosines went on to fall with each doubling of the rank as they do up to `SCALE_ROWS`, but not below 0,
 * which unlike passages have. So a passage is worth the same however many candidates there are.
 */
function floorOf(ranking: Ranking): number {
  const last = ranking[SCALE_ROWS - 1]?.score;
  if (last === undefined) return ranking.at(-1)?.score ?? 0;
  const fall = ranking[SCALE_ROWS / 2 - 1]!.score - last;
  return Math.max(last - fall * Math.log2(FLOOR_RANK / SCALE_ROWS), Math.min(0, last));
}

/** The vector leg's scores stretched to 0–1; all 1 where they are equal. */
function stretch(ranking: Ranking): (score: number) => number {
  const best = ranking[0]?.score ?? 0;
  const floor = floorOf(ranking);
  return best === floor ? () => 1 : (score) => Math.max(0, (score - floor) / (best - floor));
}

/** What a row and its rank in each leg are worth, 0–1 before the weights. */
function worth(
  rankings: Record<LegName, Ranking>,
  { kind, alpha }: Fusion,
): Record<LegName, (row: LegRow, rank: number) => number> {
  if (kind === "rrf") {
    return {
      vector: (_, rank) => alpha * reciprocalRank(rank),
      text: (_, rank) => (1 - alpha) * reciprocalRank(rank),
    };
  }
  const vector = stretch(rankings.vector);
  return {
    vector: ({ score }) => alpha * vector(score),
    text: ({ score, evidence = score }) => ((1 - alpha) * evidence) / (evidence + TEXT_HALF),
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
      if (fusion.kind === "convex" && found.evidence !== undefined) leg.evidence = found.evidence;
      row.legs[name] = leg;
      row.contributions[name] = value[name](found, leg.rank);
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

function legOf({ score, coverage }: LegRow, index: number): Leg {
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
