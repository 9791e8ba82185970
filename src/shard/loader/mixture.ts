/** Weighted mixing as a function of the position: a fixed period in which each set has its share of the places. */
import { UsageError } from "../../core/errors.ts";

/** Places of a period: shares are exact to 1/65,536. */
const PERIOD = 65_536;

export interface Mixture {
  /** Number of the set that a position draws from. */
  setAt(position: number): number;
  /** How many earlier positions drew from the same set: the place in that set's own sequence. */
  placeAt(position: number): number;
  /** Places per period, by set. */
  readonly shares: Uint32Array;
  readonly period: number;
}

/**
 * Spreads sets by their weights (any positive numbers) as evenly as they go; counters follow from the position, so
 * there is no state.
 *
 * @throws UsageError for a weight that is no positive number, or for more sets than a period has places
 */
export function mixtureOf(weights: readonly number[]): Mixture {
  const bad = weights.find((weight) => !(weight > 0 && Number.isFinite(weight)));
  if (bad !== undefined) throw new UsageError(`a weight of a mixture is ${bad}`, "give each set a number above 0");
  if (weights.length > PERIOD) throw new UsageError(`${weights.length} sets; a mixture takes ${PERIOD}`);
  const shares = sharesOf(weights);
  const period = shares.reduce((sum, share) => sum + share, 0);
  const sets = spread(shares, period);
  const before = new Uint32Array(period);
  const seen = new Uint32Array(weights.length);
  for (let place = 0; place < period; place++) before[place] = seen[sets[place]!]!++;
  return {
    shares,
    period,
    setAt: (position) => sets[position % period]!,
    placeAt: (position) => {
      const place = position % period;
      return Math.floor(position / period) * shares[sets[place]!]! + before[place]!;
    },
  };
}

/** Whole places by largest remainder, at least one each, without a common factor. */
function sharesOf(weights: readonly number[]): Uint32Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (weight / total) * PERIOD);
  const shares = Uint32Array.from(exact, (places) => Math.max(1, Math.floor(places)));
  let open = PERIOD - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = exact
    .map((places, set) => ({ set, remainder: places - shares[set]! }))
    .sort((a, b) => b.remainder - a.remainder || a.set - b.set);
  for (const { set } of byRemainder) if (open-- > 0) shares[set]!++;
  const factor = shares.reduce(greatestCommonDivisor, 0);
  return factor > 1 ? shares.map((share) => share / factor) : shares;
}

/** Each place goes to the set that is furthest behind its share; ties to the earlier set. */
function spread(shares: Uint32Array, period: number): Uint16Array {
  const sets = new Uint16Array(period);
  const credit = new Float64Array(shares.length);
  for (let place = 0; place < period; place++) {
    let best = 0;
    for (let set = 0; set < shares.length; set++) {
      credit[set]! += shares[set]!;
      if (credit[set]! > credit[best]!) best = set;
    }
    credit[best]! -= period;
    sets[place] = best;
  }
  return sets;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
