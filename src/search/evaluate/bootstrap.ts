/** Intervals of a mean, and of the difference of two, by resampling the questions (Efron 1979, percentile method). */
import { Mt19937 } from "../../core/mt19937.ts";

export interface Estimate {
  mean: number;
  /** The middle 95 % of the means of the resamples. */
  low: number;
  high: number;
}

/** The same resamples in every run, so that a figure can be repeated. */
const SEED = 20_261_125;
const RESAMPLES = 2_000;

/** Mean of one value per question. */
export function estimate(values: readonly number[]): Estimate {
  const means = resampledMeans(values);
  return { mean: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/**
 * Difference of two systems on the same questions, in the same order.
 * `worse` is the share of resamples in which `values` is not above `baseline`: small means that it is really better.
 */
export function difference(values: readonly number[], baseline: readonly number[]): Estimate & { worse: number } {
  const differences = values.map((value, index) => value - baseline[index]!);
  const means = resampledMeans(differences);
  return { ...estimate(differences), worse: means.filter((value) => value <= 0).length / means.length };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Ascending. */
function resampledMeans(values: readonly number[]): Float64Array {
  const generator = new Mt19937(SEED);
  const means = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES && values.length > 0; i++) {
    let sum = 0;
    for (let j = 0; j < values.length; j++) sum += values[Math.floor((generator.next32() / 2 ** 32) * values.length)]!;
    means[i] = sum / values.length;
  }
  return means.sort();
}

/** Linear between the two nearest, as NumPy's `quantile`. */
function quantile(ascending: Float64Array, share: number): number {
  const position = share * (ascending.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below]! + (position - below) * (ascending[above]! - ascending[below]!);
}
