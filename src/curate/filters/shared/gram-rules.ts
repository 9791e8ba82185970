/** The measures, limits and rules of repeated n-grams that the variants of Gopher share (Rae et al. 2021, table A1). */
import type { Rule } from "./measured.ts";

const topLengths = [2, 3, 4] as const;
const duplicateLengths = [5, 6, 7, 8, 9, 10] as const;
type TopLength = (typeof topLengths)[number];
type DuplicateLength = (typeof duplicateLengths)[number];

/** Shares of a text's characters: of its most frequent n-gram, or of all n-grams that repeat another. */
export type GramMeasure = `top${TopLength}grams` | `duplicate${DuplicateLength}grams`;
export type GramLimit = `maxTop${TopLength}grams` | `maxDuplicate${DuplicateLength}grams`;

export const gramLimits: Readonly<Record<GramLimit, number>> = {
  maxTop2grams: 0.2,
  maxTop3grams: 0.18,
  maxTop4grams: 0.16,
  maxDuplicate5grams: 0.15,
  maxDuplicate6grams: 0.14,
  maxDuplicate7grams: 0.13,
  maxDuplicate8grams: 0.12,
  maxDuplicate9grams: 0.11,
  maxDuplicate10grams: 0.1,
};

/** In the order in which all variants look at them. */
export const gramRules: readonly Rule<GramMeasure, GramLimit>[] = [
  ...topLengths.map((n) => ({ reason: `top-${n}-grams`, measure: `top${n}grams`, max: `maxTop${n}grams` }) as const),
  ...duplicateLengths.map(
    (n) => ({ reason: `duplicate-${n}-grams`, measure: `duplicate${n}grams`, max: `maxDuplicate${n}grams` }) as const,
  ),
];

/** Scores that all have one value, for texts with fewer words than an n-gram. */
export function gramScores(value: number): Record<GramMeasure, number> {
  return {
    top2grams: value,
    top3grams: value,
    top4grams: value,
    duplicate5grams: value,
    duplicate6grams: value,
    duplicate7grams: value,
    duplicate8grams: value,
    duplicate9grams: value,
    duplicate10grams: value,
  };
}

/** The measure of n-grams of a length from 2 to 10. */
export function gramMeasure(n: number): GramMeasure {
  return n > 4 ? `duplicate${n as DuplicateLength}grams` : `top${n as TopLength}grams`;
}
