/**
 * Unigram as SentencePiece and the Rust library train it: many repeated substrings as seeds, then rounds of expectation
 * and maximisation, each followed by taking away the pieces whose loss costs least.
 */
import { Alphabet } from "./alphabet.ts";
import { type Corpus, Lattice, type Pieces } from "./lattice.ts";
import { roles } from "./special-tokens.ts";
import { spaceSplitter } from "./split.ts";
import { BOUNDARY, repeatedSubstrings } from "./substrings.ts";
import type { Breathe, Trainer } from "./trainer.ts";
import { grown, type WordTable } from "./word-table.ts";

/** The library's settings. */
const SEEDS = 1_000_000;
const MAX_PIECE_LENGTH = 16;
const ROUNDS_PER_PRUNING = 2;
const SHRINKING_FACTOR = 0.75;
/** Pieces expected less often are dropped. */
const LEAST_EXPECTED = 0.5;
/** Letters without a piece are scored below the last one, each this much better than the one before. */
const LETTER_STEP = 0.0001;
const WORDS_PER_BREATH = 2_048;

const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };

const trainer: Trainer = {
  splitter: () => spaceSplitter(metaspace.replacement),

  async learn(words, options, breathe) {
    const room = options.vocabSize - options.special.length;
    const alphabet = Alphabet.of(words, room);
    const corpus = corpusOf(words, alphabet);
    const pieces = await seeds(corpus, alphabet, breathe);
    const kept = await fit(corpus, pieces, alphabet.letters.length + 1, options.vocabSize, breathe);
    const vocabulary = finish(pieces, kept, alphabet.letters.length, room);
    const spell = (id: number) => {
      const from = pieces.starts[id]!;
      const symbols = corpus.text.subarray(from, from + pieces.lengths[id]!);
      return Array.from(symbols, (symbol) => alphabet.letters[symbol - 1]!).join("");
    };
    return {
      normalizer: null,
      pre_tokenizer: metaspace,
      post_processor: null,
      decoder: metaspace,
      model: { type: "Unigram", unk_id: options.special.indexOf(roles.unk_token), byte_fallback: false },
      tokens: [...options.special, ...vocabulary.map(({ id }) => spell(id))],
      scores: Float64Array.from([...options.special.map(() => 0), ...vocabulary.map(({ score }) => score)]),
    };
  },
};

export default trainer;

/** The words as symbols of the alphabet, a boundary after each; a letter without a symbol ends a word too. */
function corpusOf(words: WordTable, alphabet: Alphabet): Corpus {
  let text = new Int32Array(1 << 16);
  let starts = new Uint32Array(1 << 12);
  let counts = new Float64Array(1 << 12);
  let size = 0;
  let length = 0;
  const push = (symbol: number) => {
    if (length === text.length) text = grown(text, length * 2);
    text[length++] = symbol;
  };
  const close = (count: number) => {
    if (length === starts[size]) return;
    push(BOUNDARY);
    if (size + 2 > starts.length) {
      starts = grown(starts, starts.length * 2);
      counts = grown(counts, counts.length * 2);
    }
    counts[size++] = count;
    starts[size] = length;
  };
  for (let i = 0; i < words.size; i++) {
    const count = words.count(i);
    words.codePoints(i, (code) => {
      const symbol = alphabet.symbol(code);
      if (symbol === BOUNDARY) close(count);
      else push(symbol);
    });
    close(count);
  }
  return { text: text.slice(0, length), starts: starts.slice(0, size + 1), counts: counts.slice(0, size) };
}

/** Every letter, then the substrings that cover most; their first scores are their shares. */
async function seeds({ text }: Corpus, alphabet: Alphabet, breathe: Breathe): Promise<Pieces> {
  const letters = alphabet.letters.length;
  const found = await repeatedSubstrings(text, letters + 1, MAX_PIECE_LENGTH, () => breathe(0));
  const weight = (i: number) => found.counts[i]! * found.lengths[i]!;
  const order = Uint32Array.from({ length: found.length }, (_, i) => i).sort(
    (a, b) => weight(b) - weight(a) || found.places[b]! - found.places[a]! || found.lengths[b]! - found.lengths[a]!,
  );
  const size = 1 + letters + Math.min(found.length, SEEDS - letters);
  const pieces: Pieces = {
    size,
    starts: new Int32Array(size),
    lengths: new Int32Array(size).fill(1),
    scores: new Float64Array(size),
  };
  const first = new Int32Array(letters + 1).fill(-1);
  for (let i = text.length - 1; i >= 0; i--) first[text[i]!] = i;
  for (let symbol = 1; symbol <= letters; symbol++) {
    pieces.starts[symbol] = first[symbol]!;
    pieces.scores[symbol] = alphabet.counts[symbol - 1]!;
  }
  for (let id = letters + 1; id < size; id++) {
    const i = order[id - letters - 1]!;
    pieces.starts[id] = found.starts[i]!;
    pieces.lengths[id] = found.lengths[i]!;
    pieces.scores[id] = weight(i);
  }
  const sum = pieces.scores.reduce((a, b) => a + b, 0);
  for (let id = 1; id < size; id++) pieces.scores[id] = Math.log(pieces.scores[id]!) - Math.log(sum);
  return pieces;
}

/** Trains the scores and takes pieces away; gives the ids that are left, the most needed first. */
async function fit(corpus: Corpus, pieces: Pieces, alphabetSize: number, vocabSize: number, breathe: Breathe) {
  const lattice = await Lattice.of(corpus, pieces, alphabetSize, () => breathe(pieces.size));
  // Pruning stops a tenth above the vocabulary.
  const target = Math.floor((vocabSize * 11) / 10);
  let kept = Array.from({ length: pieces.size - 1 }, (_, i) => i + 1);
  const expected = new Float64Array(pieces.size);
  while (true) {
    lattice.update();
    for (let round = 0; round < ROUNDS_PER_PRUNING; round++) {
      expected.fill(0);
      for (let word = 0; word < corpus.counts.length; word++) {
        lattice.addExpected(word, expected);
        if (word % WORDS_PER_BREATH === 0) await breathe(kept.length);
      }
      kept = maximise(pieces, kept, expected);
      lattice.update();
    }
    if (kept.length + 1 <= target) return kept;
    const size = Math.max(target, Math.floor((kept.length + 1) * SHRINKING_FACTOR));
    const left = await prune(corpus, pieces, kept, lattice, size, breathe);
    if (left.length === kept.length) return left;
    kept = left;
  }
}

/** Scores from expected counts, with a prior that favours few pieces; gives the ids that stay. */
function maximise(pieces: Pieces, kept: readonly number[], expected: Float64Array): number[] {
  const left = kept.filter((id) => expected[id]! >= LEAST_EXPECTED);
  if (left.length === 0) return [...kept];
  const logSum = digamma(left.reduce((sum, id) => sum + expected[id]!, 0));
  pieces.scores.fill(Number.NEGATIVE_INFINITY);
  for (const id of left) pieces.scores[id] = digamma(expected[id]!) - logSum;
  return left;
}

/** Takes away the pieces that cost least likelihood, until `size` are left (the unknown letter counted). */
async function prune(
  corpus: Corpus,
  pieces: Pieces,
  kept: readonly number[],
  lattice: Lattice,
  size: number,
  breathe: Breathe,
): Promise<number[]> {
  const frequencies = new Float64Array(pieces.size);
  let words = 0;
  for (let word = 0; word < corpus.counts.length; word++) {
    const count = corpus.counts[word]!;
    words += count;
    lattice.best(word, (piece) => {
      frequencies[piece]! += count;
    });
    if (word % WORDS_PER_BREATH === 0) await breathe(kept.length);
  }
  const sum = frequencies.reduce((a, b) => a + b, 0);
  const left: number[] = [];
  const losses = new Float64Array(pieces.size);
  const candidates: number[] = [];
  for (const id of kept) {
    const frequency = frequencies[id]!;
    const others = lattice.alternatives(id);
    if (others.length === 0) {
      if (frequency > 0 || pieces.lengths[id] === 1) left.push(id);
      continue;
    }
    if (frequency === 0) continue;
    // SentencePiece takes the number of others here; the Rust library the number of pieces, and needs fewer tokens.
    const logSumOthers = Math.log(sum + frequency * kept.length);
    const now = Math.log(frequency) - Math.log(sum);
    const then = others.reduce((total, other) => total + Math.log(frequencies[other]! + frequency) - logSumOthers, 0);
    losses[id] = (frequency / words) * (now - then);
    candidates.push(id);
  }
  candidates.sort((a, b) => losses[b]! - losses[a]!);
  for (const id of candidates) if (left.length + 1 < size) left.push(id);
  const scores = left.map((id) => pieces.scores[id]!);
  pieces.scores.fill(Number.NEGATIVE_INFINITY);
  left.forEach((id, i) => {
    pieces.scores[id] = scores[i]!;
  });
  return left;
}

/** The vocabulary by falling score: every letter, and the most needed pieces as far as there is room. */
function finish(pieces: Pieces, kept: readonly number[], letters: number, room: number) {
  let missing = 0;
  const least = kept.reduce((score, id) => Math.min(score, pieces.scores[id]!), Number.POSITIVE_INFINITY);
  const vocabulary: { id: number; score: number }[] = [];
  for (let id = 1; id <= letters; id++) {
    const score = pieces.scores[id]!;
    vocabulary.push({ id, score: score > Number.NEGATIVE_INFINITY ? score : least + LETTER_STEP * missing++ });
  }
  for (const id of kept) {
    if (vocabulary.length >= room) break;
    if (id > letters) vocabulary.push({ id, score: pieces.scores[id]! });
  }
  return vocabulary.sort((a, b) => b.score - a.score);
}

/** Derivative of the logarithm of the gamma function. */
function digamma(value: number): number {
  let x = value;
  let result = 0;
  while (x < 7) result -= 1 / x++;
  x -= 1 / 2;
  const xx = 1 / x;
  const xx2 = xx * xx;
  const xx4 = xx2 * xx2;
  return result + Math.log(x) + (1 / 24) * xx2 - (7 / 960) * xx4 + (31 / 8064) * xx4 * xx2 - (127 / 30720) * xx4 * xx4;
}
