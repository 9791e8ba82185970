/** Goal: what the cache gives is what was put in, however often it is full, and it never grows. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { hashOf, WordCache } from "../../src/tokenizers/word-cache.ts";

const word = fc.uint8Array({ minLength: 1, maxLength: 20 });

test("a word gives the ids that it was added with, or none, through many times full", () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 200 }), (words) => {
      const cache = new WordCache(8);
      const room = cache.ids.length;
      for (const [i, bytes] of words.entries()) {
        const hash = hashOf(bytes, 0, bytes.length);
        const ids = Array.from(bytes.subarray(0, 1 + (bytes[0]! % 3)), (byte) => byte * 3);
        const slot = cache.find(bytes, 0, bytes.length, hash);
        if (slot < 0) cache.add(bytes, 0, bytes.length, hash, ids, ids.length);
        const found = cache.find(bytes, 0, bytes.length, hash);
        expect(found).toBeGreaterThanOrEqual(0);
        expect([i, ...cache.ids.subarray(cache.idsAt(found), cache.idsAt(found) + cache.idCount(found))]).toEqual([
          i,
          ...ids,
        ]);
      }
      expect(cache.ids.length).toBe(room);
    }),
  );
});

test("words with equal hashes are told apart, and too long ones are not kept", () => {
  const cache = new WordCache(8);
  const bytes = new TextEncoder().encode("oneTWO");
  cache.add(bytes, 0, 3, 42, [1], 1);
  cache.add(bytes, 3, 6, 42, [2, 3], 2);
  expect(cache.ids[cache.idsAt(cache.find(bytes, 0, 3, 42))]).toBe(1);
  expect(cache.idCount(cache.find(bytes, 3, 6, 42))).toBe(2);
  expect(cache.find(bytes, 1, 4, 42)).toBe(-1);
  const long = new Uint8Array(256);
  cache.add(long, 0, 256, 7, [1], 1);
  expect(cache.find(long, 0, 256, 7)).toBe(-1);
});
