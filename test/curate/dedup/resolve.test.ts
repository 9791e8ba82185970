/** Goal: which documents go depends on the documents alone, and each goes for one that stays. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCopies, removedIn } from "./support/find.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mdp-dedup-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (seed: number, words = 100) => Array.from({ length: words }, (_, i) => `word${seed}x${i}`).join(" ");

describe("exact", () => {
  test("removes all but the first of equal texts, whatever their case and punctuation", async () => {
    const texts = ["Hello, World!", "other", "hello world", "", "HELLO -- world", ""];
    const found = await findCopies(folder, texts, { method: ["exact"] });
    expect(await removedIn(found)).toEqual([
      { doc: 2, partner: 0, score: 1, method: "exact" },
      { doc: 4, partner: 0, score: 1, method: "exact" },
      { doc: 5, partner: 3, score: 1, method: "exact" },
    ]);
    expect([...found.cluster]).toEqual([0, 1, 0, 3, 0, 3]);
  });

  test("tells texts apart by case and punctuation when they are not normalized", async () => {
    const texts = ["Hello, World!", "hello world", "Hello, World!"];
    const found = await findCopies(folder, texts, { method: ["exact"], normalize: false });
    expect((await removedIn(found)).map(({ doc }) => doc)).toEqual([2]);
  });
});

describe("minhash", () => {
  test("removes a near copy with its score, and leaves what resembles it too little", async () => {
    // One word in the middle differs: 5 of 96 five-grams change, so that 91 of 101 are shared.
    const texts = [text(1), text(2), text(1).replace("word1x50 ", "another ")];
    const found = await findCopies(folder, texts, { method: ["minhash"] });
    expect(await removedIn(found)).toEqual([{ doc: 2, partner: 0, score: 91 / 101, method: "minhash" }]);
  });
});
