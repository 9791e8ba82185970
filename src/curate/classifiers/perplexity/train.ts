/** Trains n-gram models: interpolated, modified Kneser-Ney smoothing, as KenLM's lmplz has it. */
import { MdpError, UsageError } from "../../../core/errors.ts";
import { type Columns, NgramCounts } from "./counts.ts";
import { MAX_ORDER, NgramModel, UNKNOWN } from "./model.ts";
import { NgramTable } from "./table.ts";
import { hashWord } from "./words.ts";

export interface TrainOptions {
  /** Words of the longest n-grams, 1 to 16. */
  order: number;
  /** Largest number of different n-grams, all lengths counted; about 100 bytes each. Default: 20 million. */
  maxNgrams?: number;
}

const MAX_NGRAMS = 20_000_000;
/** log10 of what is never predicted. */
const NEVER = -99;

/**
 * A model of lines, whose words stand between ASCII spaces. Probabilities and back-offs are those of Chen and Goodman's
 * modified Kneser-Ney smoothing, interpolated down to the uniform distribution over the vocabulary with `<unk>`.
 *
 * @throws MdpError when there are no words, or more n-grams than allowed
 */
export async function trainNgramModel(
  lines: Iterable<string> | AsyncIterable<string>,
  { order, maxNgrams = MAX_NGRAMS }: TrainOptions,
): Promise<NgramModel> {
  if (!Number.isInteger(order) || order < 1 || order > MAX_ORDER) {
    throw new UsageError(`the order of an n-gram model is ${order}; it can be 1 to ${MAX_ORDER}`);
  }
  const counts = new NgramCounts(order, maxNgrams);
  for await (const line of lines) counts.add(line);
  if (counts.size === 0)
    throw new MdpError({ code: "no-words", message: "there are no words to train an n-gram model on" });
  return new NgramModel(order, smooth(counts), true);
}

/** What is taken from counts of 1, 2, and more. */
type Discounts = readonly [number, number, number];
const FALLBACK: Discounts = [0.5, 1, 1.5];

/** Chen and Goodman's estimate from the numbers of n-grams that occur 1 to 4 times; small texts do not have all. */
function discountsOf(numbers: readonly number[]): Discounts {
  const [one, two, three, four] = numbers as [number, number, number, number];
  const y = one / (one + 2 * two);
  const found = [1 - (2 * y * two) / one, 2 - (3 * y * three) / two, 3 - (4 * y * four) / three] as const;
  return found.every((discount, i) => discount >= 0 && discount <= i + 1) ? found : FALLBACK;
}

function smooth(counts: NgramCounts): NgramTable {
  const { columns, size, order } = counts;
  const discounts = countsOfCounts(columns, size, order).map(discountsOf);
  const discountOf = (number: number) =>
    columns.count[number] === 0 ? 0 : discounts[columns.length[number]!]![Math.min(3, columns.count[number]!) - 1]!;
  // By context; the empty context of single words comes last.
  const totals = new Float64Array(size + 1);
  const freed = new Float64Array(size + 1);
  let words = 0;
  for (let i = 0; i < size; i++) {
    const context = columns.parent[i] === -1 ? size : columns.parent[i]!;
    totals[context]! += columns.count[i]!;
    freed[context]! += discountOf(i);
    if (columns.length[i] === 1) words++;
  }
  // `<s>` is no word to predict, `<unk>` is one.
  const uniform = 1 / words;
  const backoffOf = (context: number) => (totals[context] === 0 ? 1 : freed[context]! / totals[context]!);
  const table = NgramTable.of(size + 1);
  const probabilities = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const isWord = columns.length[i] === 1;
    const context = isWord ? size : columns.parent[i]!;
    const shorter = isWord ? uniform : probabilities[columns.suffix[i]!]!;
    const p = (columns.count[i]! - discountOf(i)) / totals[context]! + backoffOf(context) * shorter;
    probabilities[i] = p;
    const log10 = columns.count[i] === 0 ? NEVER : Math.log10(p);
    table.set(columns.low[i]!, columns.high[i]!, log10, Math.log10(backoffOf(i)));
  }
  const [low, high] = hashWord(UNKNOWN);
  table.set(low, high, Math.log10(backoffOf(size) * uniform), 0);
  return table;
}

/** By length, how many n-grams have the counts 1 to 4. */
function countsOfCounts(columns: Columns, size: number, order: number): number[][] {
  const numbers = Array.from({ length: order + 1 }, () => [0, 0, 0, 0]);
  for (let i = 0; i < size; i++) {
    const count = columns.count[i]!;
    if (count >= 1 && count <= 4) numbers[columns.length[i]!]![count - 1]!++;
  }
  return numbers;
}
