/** Goal: the tables that training is made of say what a slow and simple count says. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { tokenizerModelNames } from "../../../src/tokenizers/train/config.ts";
import { trainers } from "../../../src/tokenizers/train/index.ts";
import { type Corpus, Lattice, type Pieces } from "../../../src/tokenizers/train/lattice.ts";
import { repeatedSubstrings } from "../../../src/tokenizers/train/substrings.ts";
import { MAX_WORD_BYTES, WordTable } from "../../../src/tokenizers/train/word-table.ts";

test("every trainer can be named in the settings, and nothing else", () => {
  expect(trainers.names).toEqual([...tokenizerModelNames]);
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function counted(words: readonly string[], maxWords = 1_000): WordTable {
  const table = new WordTable(maxWords);
  for (const word of words) {
    const bytes = encoder.encode(word);
    table.add(bytes, 0, bytes.length);
  }
  return table;
}

const entries = (table: WordTable) =>
  Array.from({ length: table.size }, (_, i) => [decoder.decode(table.bytes(i)), table.count(i)] as const);

describe("the table of words", () => {
  test("counts each word, in the order in which they came first", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 })), (words) => {
        const expected = new Map<string, number>();
        for (const word of words) expected.set(word.toWellFormed(), (expected.get(word.toWellFormed()) ?? 0) + 1);
        expect(entries(counted(words))).toEqual([...expected]);
      }),
    );
  });

  test("gives code points, also those beyond the basic plane", () => {
    const table = counted(["aé€😀"]);
    const codes: number[] = [];
    table.codePoints(0, (code) => codes.push(code));
    expect(codes).toEqual([0x61, 0xe9, 0x20ac, 0x1f600]);
  });

  test("over its limit keeps the frequent words with their counts", () => {
    const words = [...Array(9).fill("often"), ...Array(5).fill("now and then")];
    const rare = Array.from({ length: 50 }, (_, i) => `once ${i}`);
    const table = counted([...words, ...rare, ...words], 20);
    expect(entries(table).slice(0, 2)).toEqual([
      ["often", 18],
      ["now and then", 10],
    ]);
    expect(table.forgotten.words).toBeGreaterThanOrEqual(30);
    expect(table.forgotten.occurrences + entries(table).reduce((sum, [, count]) => sum + count, 0)).toBe(78);
  });

  test("counts a giant word in parts that are whole characters", () => {
    const table = counted(["€".repeat(MAX_WORD_BYTES / 2)]);
    expect(table.size).toBe(2);
    expect(entries(table).map(([word]) => word.replaceAll("€", ""))).toEqual(["", ""]);
  });
});

describe("repeated substrings", () => {
  test("are all that come twice with different symbols after them, with their counts", async () => {
    const symbol = fc.integer({ min: 0, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(symbol, { maxLength: 120 }),
        fc.integer({ min: 2, max: 6 }),
        async (symbols, longest) => {
          const text = Int32Array.from([...symbols, 0]);
          const found = await repeatedSubstrings(text, 4, longest, async () => {});
          const ours = Array.from({ length: found.length }, (_, i) => {
            const start = found.starts[i]!;
            return `${text.slice(start, start + found.lengths[i]!).join("")}:${found.counts[i]}`;
          });
          expect(ours.sort()).toEqual(slowly(text, longest).sort());
        },
      ),
      { numRuns: 300 },
    );
  });
});

function slowly(text: Int32Array, longest: number): string[] {
  const found = new Map<string, { count: number; next: Set<number> }>();
  for (let start = 0; start < text.length; start++) {
    for (let length = 1; length <= longest && text[start + length - 1] !== 0; length++) {
      const key = text.slice(start, start + length).join("");
      const entry = found.get(key) ?? { count: 0, next: new Set() };
      entry.count++;
      entry.next.add(text[start + length]!);
      found.set(key, entry);
    }
  }
  return [...found]
    .filter(([key, { next }]) => key.length > 1 && next.size > 1)
    .map(([key, { count }]) => `${key}:${count}`);
}

describe("the lattice", () => {
  /** Words of one to three symbols' alphabet; the pieces are its letters and some stretches of the word, with scores. */
  const cases = fc
    .record({
      // Over 16 symbols the sums are made in logarithms.
      word: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 19 }),
      stretches: fc.array(fc.tuple(fc.nat(18), fc.integer({ min: 2, max: 3 })), { maxLength: 5 }),
      scores: fc.array(fc.double({ min: -30, max: -0.5, noNaN: true }), { minLength: 9, maxLength: 9 }),
      count: fc.integer({ min: 1, max: 1_000 }),
    })
    .map(({ word, stretches, scores, count }) => {
      const spans = new Map<string, [number, number]>();
      const add = (start: number, length: number) => {
        const key = word.slice(start, start + length).join();
        if (start + length <= word.length && !spans.has(key)) spans.set(key, [start, length]);
      };
      for (let i = 0; i < word.length; i++) add(i, 1);
      for (const [start, length] of stretches) add(start, length);
      const list = [...spans.values()];
      const pieces: Pieces = {
        size: list.length + 1,
        starts: Int32Array.from([0, ...list.map(([start]) => start)]),
        lengths: Int32Array.from([1, ...list.map(([, length]) => length)]),
        scores: Float64Array.from([0, ...list.map((_, i) => scores[i]!)]),
      };
      const corpus: Corpus = {
        text: Int32Array.from([...word, 0]),
        starts: Uint32Array.from([0, word.length + 1]),
        counts: Float64Array.from([count]),
      };
      return { corpus, pieces, count };
    });

  /** Every way to cut `text[from, to)` into pieces. */
  function cuts({ text }: Corpus, pieces: Pieces, from: number, to: number): number[][] {
    if (from === to) return [[]];
    const ways: number[][] = [];
    for (let id = 1; id < pieces.size; id++) {
      const [start, length] = [pieces.starts[id]!, pieces.lengths[id]!];
      if (from + length > to) continue;
      if (!text.slice(start, start + length).every((symbol, i) => symbol === text[from + i])) continue;
      for (const rest of cuts({ text } as Corpus, pieces, from + length, to)) ways.push([id, ...rest]);
    }
    return ways;
  }
  const scoreOf = (pieces: Pieces, cut: readonly number[]) => cut.reduce((sum, id) => sum + pieces.scores[id]!, 0);

  test("expects each piece as often as the weighted cuts have it", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ corpus, pieces, count }) => {
        const lattice = await Lattice.of(corpus, pieces, 4, async () => {});
        lattice.update();
        const expected = new Float64Array(pieces.size);
        lattice.addExpected(0, expected);
        const all = cuts(corpus, pieces, 0, corpus.text.length - 1);
        const best = Math.max(...all.map((cut) => scoreOf(pieces, cut)));
        const weights = all.map((cut) => Math.exp(scoreOf(pieces, cut) - best));
        const sum = weights.reduce((a, b) => a + b, 0);
        const slow = new Float64Array(pieces.size);
        all.forEach((cut, i) => {
          for (const id of cut) slow[id]! += (count * weights[i]!) / sum;
        });
        for (let id = 1; id < pieces.size; id++) expect(expected[id]!).toBeCloseTo(slow[id]!, 6);
      }),
      { numRuns: 200 },
    );
  });

  test("finds the best cut, and the best without a piece", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ corpus, pieces }) => {
        const lattice = await Lattice.of(corpus, pieces, 4, async () => {});
        lattice.update();
        const found: number[] = [];
        lattice.best(0, (piece) => found.unshift(piece));
        const all = cuts(corpus, pieces, 0, corpus.text.length - 1);
        const best = Math.max(...all.map((cut) => scoreOf(pieces, cut)));
        expect(scoreOf(pieces, found)).toBeCloseTo(best, 9);
        for (let id = 1; id < pieces.size; id++) {
          const from = pieces.starts[id]!;
          const others = cuts(corpus, pieces, from, from + pieces.lengths[id]!).filter((cut) => cut.length > 1);
          const second = Math.max(...others.map((cut) => scoreOf(pieces, cut)));
          const given = lattice.alternatives(id);
          if (others.length === 0 || second > pieces.scores[id]!) expect(given).toEqual([]);
          else expect(scoreOf(pieces, given)).toBeCloseTo(second, 9);
        }
      }),
      { numRuns: 200 },
    );
  });
});
