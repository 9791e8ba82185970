/**
 * Learns merges as the Rust `tokenizers` library does: the pair of the highest count first, ties to the lower ids. Only
 * words that hold the merged pair are looked at again.
 */
import { PairHeap } from "./pair-heap.ts";
import { PairTable } from "./pair-table.ts";

export interface MergeInput {
  /** Symbols of all words, one word after the other; overwritten. */
  symbols: Int32Array;
  /** Word `i` is `symbols[starts[i], starts[i + 1])`. */
  starts: Uint32Array;
  counts: Float64Array;
  /** Tokens before any merge, by id: special ones and the alphabet. Extended. */
  tokens: string[];
  vocabSize: number;
  /** Pairs that come less often make no token. */
  minFrequency: number;
  /** Left out of the second part of a merged token, e.g. `##`. */
  prefix?: string | undefined;
  /** Called now and then with the number of tokens: shows progress, lets signals in, throws to stop. */
  breathe: (tokens: number) => Promise<void>;
}

const MERGES_PER_BREATH = 64;

/** Ids `[left, right]` of each merge, in order of rank. */
export async function learnMerges(input: MergeInput): Promise<[number, number][]> {
  const { symbols, starts, counts, tokens, prefix } = input;
  const wanted = Math.max(1, input.minFrequency);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const pairs = new PairTable();
  const heap = new PairHeap(pairs);
  const lengths = countPairs(input, pairs);
  for (let pair = 0; pair < pairs.size; pair++) {
    if (pairs.counts[pair]! >= wanted) heap.push(pair, pairs.counts[pair]!);
  }
  const learned: [number, number][] = [];
  const found = { words: new Int32Array(1 << 10) };
  const raised = new Set<number>();
  while (tokens.length < input.vocabSize && heap.size > 0) {
    const pair = heap.topPair;
    const count = pairs.counts[pair]!;
    if (heap.topCount !== count) {
      if (count >= wanted) heap.recountTop(count);
      else heap.pop();
      continue;
    }
    heap.pop();
    const left = pairs.lefts[pair]!;
    const right = pairs.rights[pair]!;
    const merged = idOf(joined(tokens[left]!, tokens[right]!, prefix), tokens, ids);
    learned.push([left, right]);
    const n = pairs.takeWords(pair, found);
    for (let k = 0; k < n; k++) {
      const word = found.words[k]!;
      const from = starts[word]!;
      lengths[word] = mergeWord({ symbols, from, to: from + lengths[word]!, left, right, merged }, (l, r, change) => {
        const other = pairs.index(l, r);
        pairs.counts[other]! += change * counts[word]!;
        if (change < 0) return;
        pairs.addWord(other, word);
        raised.add(other);
      });
    }
    for (const other of raised) if (pairs.counts[other]! >= wanted) heap.push(other, pairs.counts[other]!);
    raised.clear();
    if (learned.length % MERGES_PER_BREATH === 0) await input.breathe(tokens.length);
  }
  return lastOfEach(learned);
}

/** Fills the table with the pairs of all words; returns the words' lengths. */
function countPairs({ symbols, starts, counts }: MergeInput, pairs: PairTable): Uint32Array {
  const lengths = new Uint32Array(counts.length);
  for (let word = 0; word < counts.length; word++) {
    const from = starts[word]!;
    const to = starts[word + 1]!;
    lengths[word] = to - from;
    for (let i = from + 1; i < to; i++) {
      const pair = pairs.index(symbols[i - 1]!, symbols[i]!);
      pairs.counts[pair]! += counts[word]!;
      pairs.addWord(pair, word);
    }
  }
  return lengths;
}

interface WordMerge {
  symbols: Int32Array;
  from: number;
  to: number;
  left: number;
  right: number;
  merged: number;
}

/** Merges a pair within one word, from left to right, and tells each change of its neighbours; returns the length. */
function mergeWord(
  { symbols, from, to, left, right, merged }: WordMerge,
  changed: (left: number, right: number, change: number) => void,
): number {
  let at = from;
  for (let i = from; i < to; i++, at++) {
    const symbol = symbols[i]!;
    if (symbol !== left || i + 1 >= to || symbols[i + 1] !== right) {
      symbols[at] = symbol;
      continue;
    }
    if (at > from) {
      changed(symbols[at - 1]!, left, -1);
      changed(symbols[at - 1]!, merged, 1);
    }
    symbols[at] = merged;
    i++;
    if (i + 1 < to) {
      changed(right, symbols[i + 1]!, -1);
      changed(merged, symbols[i + 1]!, 1);
    }
  }
  return at - from;
}

function joined(left: string, right: string, prefix: string | undefined): string {
  return prefix !== undefined && right.startsWith(prefix) ? left + right.slice(prefix.length) : left + right;
}

/** Different pairs may spell the same token. */
function idOf(token: string, tokens: string[], ids: Map<string, number>): number {
  const known = ids.get(token);
  if (known !== undefined) return known;
  const id = tokens.push(token) - 1;
  ids.set(token, id);
  return id;
}

/** A pair that was merged, came up again by another way and was merged again has the later rank. */
function lastOfEach(learned: [number, number][]): [number, number][] {
  const last = new Map(learned.map(([left, right], rank) => [`${left} ${right}`, rank]));
  return learned.filter(([left, right], rank) => last.get(`${left} ${right}`) === rank);
}
