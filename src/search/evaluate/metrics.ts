/** Measures of a ranking against judgements, as `trec_eval` defines them: equal to its figures, ties aside. */

/** Grade of each judged id; above 0 is relevant. */
export type Judgements = ReadonlyMap<string, number>;

export interface Metrics {
  /** Normalised discounted cumulative gain of the first ten, gains linear in the grade (`ndcg_cut_10`). */
  ndcg10: number;
  /** Share of the relevant ids among the first ten (`recall_10`). */
  recall10: number;
  /** Share of the relevant ids among the first hundred (`recall_100`). */
  recall100: number;
  /** One over the rank of the first relevant id, 0 when there is none (`recip_rank`). */
  mrr: number;
  /** Mean of the precisions at the ranks of the relevant ids (`map`). */
  map: number;
}

export const METRIC_NAMES = ["ndcg10", "recall10", "recall100", "mrr", "map"] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

const discount = (index: number) => 1 / Math.log2(index + 2);

/** @param ranking ids, best first, each once. @throws RangeError when nothing is judged relevant */
export function measure(ranking: readonly string[], judgements: Judgements): Metrics {
  const ideal = [...judgements.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  if (ideal.length === 0) throw new RangeError("a question needs at least one relevant answer");
  const grades = ranking.map((id) => Math.max(0, judgements.get(id) ?? 0));
  const found = (limit: number) => grades.slice(0, limit).filter((grade) => grade > 0).length;
  const first = grades.findIndex((grade) => grade > 0);
  return {
    ndcg10: gain(grades.slice(0, 10)) / gain(ideal.slice(0, 10)),
    recall10: found(10) / ideal.length,
    recall100: found(100) / ideal.length,
    mrr: first === -1 ? 0 : 1 / (first + 1),
    map: precisions(grades) / ideal.length,
  };
}

function gain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, index) => sum + grade * discount(index), 0);
}

/** Sum of the precisions at the relevant ranks. */
function precisions(grades: readonly number[]): number {
  let relevant = 0;
  let sum = 0;
  for (const [index, grade] of grades.entries()) if (grade > 0) sum += ++relevant / (index + 1);
  return sum;
}
