/** Goal: comparing sets of hashes is comparing sets of word n-grams. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ExactSet } from "../../../../src/curate/dedup/jsonl/exact-set.ts";
import {
  containment,
  jaccard,
  shingleHashes,
  shingleSet,
  shingleStrings,
} from "../../../../src/curate/dedup/text/shingles.ts";
import { Words } from "../../../../src/curate/dedup/text/words.ts";

function wordsIn(text: string): Words {
  const words = new Words(true);
  words.split(text);
  return words;
}

/** N-grams by splitting at spaces; of a shorter text, all its words. */
function grams(text: string, n: number): Set<string> {
  const words = text.split(" ").filter(Boolean);
  if (words.length === 0) return new Set();
  const size = Math.min(n, words.length);
  return new Set(Array.from({ length: words.length - size + 1 }, (_, i) => words.slice(i, i + size).join(" ")));
}

const text = fc.array(fc.constantFrom("a", "b", "c", "de"), { maxLength: 40 }).map((words) => words.join(" "));

test("Jaccard and containment are those of the sets of n-grams as strings", () => {
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 6 }), (a, b, n) => {
      const [x, y] = [grams(a, n), grams(b, n)];
      const both = x.intersection(y).size;
      const [p, q] = [shingleSet(wordsIn(a), n), shingleSet(wordsIn(b), n)];
      expect(p.length).toBe(x.size);
      expect(jaccard(p, q)).toBe(x.union(y).size === 0 ? 0 : both / x.union(y).size);
      expect(containment(p, q)).toBe(x.size === 0 ? 0 : both / x.size);
    }),
  );
});

test("of real text, different n-grams have different hashes, to what 32 bits allow; equal ones equal hashes", () => {
  const documents = join(import.meta.dir, "../../../../fixtures/documents");
  const names = (readdirSync(documents, { recursive: true }) as string[]).filter((name) =>
    /\.(md|rst|txt)$/.test(name),
  );
  const words = wordsIn(names.map((name) => readFileSync(join(documents, name), "utf8")).join("\n"));
  const strings = shingleStrings(words, 5);
  const hashes = new Uint32Array(words.count);
  expect(shingleHashes(words, 5, hashes)).toBe(strings.length);
  const byString = new Map<string, number>();
  for (const [i, gram] of strings.entries()) {
    expect(byString.get(gram) ?? hashes[i]!).toBe(hashes[i]!);
    byString.set(gram, hashes[i]!);
  }
  expect(byString.size).toBeGreaterThan(5_000);
  const collisions = byString.size - new Set(byString.values()).size;
  const expected = byString.size ** 2 / 2 ** 33;
  expect(collisions).toBeLessThanOrEqual(expected + 4 * Math.sqrt(expected) + 1);
  expect(shingleSet(words, 5).length).toBe(byString.size);
});

test("the set of hashes says who had one first, as a map does, also while it grows", () => {
  const hash = fc.tuple(fc.nat(3), fc.nat(2), fc.nat(2), fc.integer({ min: 0, max: 0xffff_ffff }));
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 300 }), (hashes) => {
      const set = new ExactSet(4);
      const seen = new Map<string, number>();
      for (const [document, words] of hashes.entries()) {
        const key = words.join();
        expect(set.add(Uint32Array.from(words), 0, document)).toBe(seen.get(key) ?? -1);
        if (!seen.has(key)) seen.set(key, document);
      }
      expect(set.size).toBe(seen.size);
    }),
  );
});
