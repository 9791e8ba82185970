/** Goal: MinHash finds as many near copies as theory says, and removes none that are not. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCopies, removedIn, settingsOf, type Wanted } from "./support/find.ts";
import { pairSharing, wordsOf } from "./support/texts.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mdp-recall-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WORDS = 204;
const GRAMS = WORDS - 4;

/** Pairs of which as many 5-grams are equal as a Jaccard similarity asks for, and that similarity exactly. */
function planted(similarity: number, pairs: number): { texts: string[]; jaccard: number } {
  const shared = Math.round((2 * GRAMS * similarity) / (1 + similarity));
  const texts = Array.from({ length: pairs }, (_, i) => pairSharing(`p${shared}x${i}`, WORDS, shared)).flat();
  return { texts, jaccard: shared / (2 * GRAMS - shared) };
}

const levels = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

describe.each([
  { bands: 14, rows: 8 },
  { bands: 26, rows: 11 },
  { bands: 9, rows: 5 },
])("$bands bands of $rows rows", ({ bands, rows }) => {
  test.each(levels)("of planted pairs at Jaccard %f, candidates are as many as 1 - (1 - s^r)^b says", async (level) => {
    const pairs = 400;
    const { texts, jaccard } = planted(level, pairs);
    const found = await findCopies(folder, texts, { method: ["minhash"], bands, rows, verify: "none" });
    const chance = 1 - (1 - jaccard ** rows) ** bands;
    // Beyond four standard deviations (and one pair, where the chance is near 0 or 1) lies less than one case in 10,000.
    const margin = 4 * Math.sqrt(pairs * chance * (1 - chance)) + 1;
    expect(Math.abs((found.counts.minhash ?? 0) - pairs * chance)).toBeLessThanOrEqual(margin);
  });
});

test("verified, it removes just the candidates whose similarity reaches the threshold, each with that score", async () => {
  const plantedLevels = levels.map((level) => planted(level, 100));
  const texts = plantedLevels.flatMap((group) => group.texts);
  const all = await findCopies(folder, texts, { method: ["minhash"], verify: "none" });
  const verified = await findCopies(folder, texts, { method: ["minhash"], threshold: 0.8 });
  const similarity = (doc: number) => plantedLevels[Math.floor(doc / 200)]!.jaccard;
  const expected = (await removedIn(all)).filter(({ doc }) => similarity(doc) >= 0.8);
  expect(await removedIn(verified)).toEqual(
    expected.map(({ doc }) => ({ doc, partner: doc - 1, score: similarity(doc), method: "minhash" })),
  );
});

describe("books that share a licence", () => {
  const licence = wordsOf("licence", 2500).join(" ");
  const book = (i: number, change = 0) => {
    const own = wordsOf(`book${i}`, 600);
    if (change > 0) own[change] = "edited";
    return `${licence} ${own.join(" ")}`;
  };
  const texts = Array.from({ length: 200 }, (_, i) => book(i));
  const copies = Array.from({ length: 20 }, (_, i) => book(i * 10, 100 + i));
  const all = [...texts, ...copies];

  test.each<[string, Wanted]>([
    ["Jaccard", { method: ["minhash"], verify: "jaccard" }],
    ["containment", { method: ["minhash"], verify: "containment" }],
    ["Jaccard, by SimHash", { method: ["simhash"], maxHamming: 8 }],
  ])("are told from their true copies by %s: all that goes is a planted copy", async (_, settings) => {
    // Half of each book is the licence and more; every pair of books is 0.67 alike, each contains 0.81 of the other.
    const threshold = settings.verify === "containment" ? 0.9 : 0.8;
    const removals = await removedIn(await findCopies(folder, all, { ...settings, threshold }));
    for (const { doc, partner } of removals) expect([doc, partner]).toEqual([doc, (doc - 200) * 10]);
    if (settings.method?.[0] === "minhash") expect(removals).toHaveLength(20);
  });

  test("would be lost without verification", async () => {
    const found = await findCopies(folder, texts, { method: ["minhash"], verify: "none" });
    expect(found.counts.minhash).toBeGreaterThan(100);
  });
});

test("under 64 MB, signatures of more than that are cut into runs and partitions, and the outcome is the same", async () => {
  const texts: string[] = [];
  for (let i = 0; i < 100_000; i++) texts.push(`a${i % 70_000} b${i % 70_000} c d e f${i % 7}`);
  const wanted: Wanted = { method: ["exact", "minhash"], ngramWords: 2, threshold: 0.6 };
  const stages: string[] = [];
  const run = async (memoryBytes: number) => {
    const found = await findCopies(
      folder,
      texts,
      { ...wanted, memoryBytes },
      {
        onProgress: ({ stage, done, total }) => done === total && stages.push(`${stage}: ${total}`),
      },
    );
    return { hash: Bun.hash(found.removed), cluster: Bun.hash(found.cluster), removals: await removedIn(found) };
  };
  const little = await run(64_000_000);
  expect(Number(stages.find((stage) => stage.startsWith("group minhash"))?.split(": ")[1])).toBeGreaterThan(1);
  stages.length = 0;
  const unlimited = await run(64_000_000_000);
  expect(stages).toContain("group minhash: 1");
  expect(little.removals.length).toBeGreaterThan(10_000);
  expect(little).toEqual(unlimited);
  expect(settingsOf(wanted).memoryBytes).toBe(2_000_000_000);
});
