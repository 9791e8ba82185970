/** Goal: the tables that training is made of say what a slow and simple count says. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { repeatedSubstrings } from "../../../src/tokenizers/train/substrings.ts";
import { MAX_WORD_BYTES, WordTable } from "../../../src/tokenizers/train/word-table.ts";

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
