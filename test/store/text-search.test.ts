/** Searching the words of a large table: likely rows first, then only those by all columns. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Arrow } from "../../src/core/arrow.ts";
import { type LanceDB, lancedb } from "../../src/store/lancedb.ts";
import { TABLE } from "../../src/store/schema.ts";
import { openStore } from "../../src/store/store.ts";
import {
  explainText,
  findLikely,
  findsLikely,
  LIKELY_ROWS,
  likelyRows,
  type TextLimits,
  textClauses,
  textQuery,
} from "../../src/store/text-search.ts";
import { description, random, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const ROWS = 6000;
let folder: ReturnType<typeof temporaryFolder>;
let table: LanceDB.Table;
const next = random(4);
/** Frequent words are in most passages, and parts of identifiers in many. */
const word = () => `word${Math.floor(next() ** 3 * 300)}`;
const name = () => `${word()}Of_${word()}`;

/** An index that was folded twice, whose bounds LanceDB's pruned search gets wrong. */
beforeAll(async () => {
  folder = temporaryFolder();
  await using store = await openStore({ dir: folder.path, settings: settings(), embedder: description() });
  for (let round = 0; round < 3; round++) {
    const records = Array.from({ length: ROWS / 3 }, (_, i) => {
      const text = [...Array.from({ length: 8 + Math.floor(next() * 40) }, word), name(), name()].join(" ");
      const kind = i % 3 === 0 ? "text" : "markdown";
      return record(`${round}-${i}.md`, text, { title: `${word()} ${word()}`, headings: [word()], kind });
    });
    await store.commit(
      records,
      unitVectors(records.length),
      records.map(({ doc }) => doc),
    );
    expect((await store.maintain(true)).problems).toEqual([]);
  }
  table = await (await lancedb().connect(folder.path)).openTable(TABLE);
}, 300_000);

afterAll(() => {
  table.close();
  folder[Symbol.dispose]();
});

const hitsOf = (found: Arrow.Table) =>
  Array.from({ length: found.numRows }, (_, row) => ({
    id: found.getChild("id")!.get(row) as string,
    score: found.getChild("_score")!.get(row) as number,
  }));
const likely = async (query: string, limits: TextLimits) =>
  hitsOf(await findLikely(table, textClauses(query), limits, () => {}));
const all = async (query: string, limits: TextLimits) =>
  hitsOf(await textQuery(table, textClauses(query), limits).toArrow());

describe("the hits of a search of likely rows", () => {
  test("are those of scoring every row, with the same scores", async () => {
    for (let i = 0; i < 40; i++) {
      const query = Array.from({ length: 1 + (i % 6) }, word).join(" ");
      const limits = { limit: 100, where: i % 4 === 3 ? "kind = 'text'" : undefined };
      const [some, every] = [await likely(query, limits), await all(query, limits)];
      expect(some.length).toBe(every.length);
      for (const [rank, { score }] of some.entries()) expect(score / every[rank]!.score).toBeCloseTo(1, 5);
      const last = every.at(-1)!.score * (1 + 1e-5);
      const ids = (hits: typeof every) => hits.flatMap(({ id, score }) => (score > last ? [id] : [])).sort();
      expect(ids(some)).toEqual(ids(every));
    }
  }, 300_000);

  test("are none where no row has a word", async () => {
    expect(await likely("nowhere", { limit: 100, where: undefined })).toEqual([]);
    expect(await likely("word1", { limit: 100, where: "kind = 'pdf'" })).toEqual([]);
  });

  test("may be waited for: all columns are searched by then", async () => {
    let underWay = 0;
    const limits = { limit: 10, where: undefined };
    await findLikely(table, textClauses("word1 word2"), limits, () => underWay++);
    expect(underWay).toBe(1);
  });
});

test("a hit that is in no column's list is found: every row is scored where the lists may not be enough", async () => {
  using other = temporaryFolder();
  await using store = await openStore({ dir: other.path, settings: settings(), embedder: description() });
  const filled = (first: string, length: number) =>
    [first, ...Array.from({ length: length - 1 }, (_, i) => `fill${i}`)].join(" ");
  // More rows than a list has are a little better by their text, as many by their title, and one by both.
  const records = Array.from({ length: 8401 }, (_, i) => {
    if (i === 8400) return record("both.md", filled("harbour", 21), { title: filled("harbour", 21) });
    const [text, title] = i % 2 === 0 ? ["harbour", "quay"] : ["quay", "harbour"];
    return record(`${i}.md`, filled(text, 20), { title: filled(title, 20) });
  });
  await store.commit(
    records,
    unitVectors(records.length),
    records.map(({ doc }) => doc),
  );
  await store.maintain(true);
  const both = await (await lancedb().connect(other.path)).openTable(TABLE);
  const limits = { limit: 100, where: undefined };
  const found = hitsOf(await findLikely(both, textClauses("harbour"), limits, () => {}));
  const best = found.reduce((a, b) => (a.score >= b.score ? a : b));
  expect(best.id).toBe(records.at(-1)!.id);
  both.close();
}, 300_000);

describe("likely rows", () => {
  const LIMIT = 5;
  const KEPT = 8;

  test("are all rows of the lists that may be among the best, whatever the scores that are not in a list", () => {
    const scores = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 9 })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(scores, (given) => {
        const lists = [0, 1].map((column) => {
          const found = given.flatMap((one, row) =>
            one[column]! > 0 ? [{ row: BigInt(row), score: one[column]! }] : [],
          );
          found.sort((a, b) => b.score - a.score);
          const best = found.slice(0, KEPT);
          const rest = found.length < KEPT ? 0 : best.at(-1)!.score;
          return { rows: best.map(({ row }) => row), scores: best.map(({ score }) => score), rest };
        });
        const listed = new Set(lists.flatMap(({ rows }) => rows));
        const sums = given.map(([a, b], row) => ({ row: BigInt(row), sum: a + b }));
        const needed = sums.map(({ sum }) => sum).sort((a, b) => b - a)[LIMIT - 1] ?? 0;
        const kept = likelyRows(lists, LIMIT);
        expect(new Set(kept).size).toBe(kept.length);
        for (const { row, sum } of sums) if (listed.has(row) && sum > needed) expect(kept).toContain(row);
      }),
    );
  });

  test("are few where one column decides", () => {
    const rows = Array.from({ length: 100 }, (_, row) => BigInt(row));
    const decided = { rows, scores: rows.map((row) => (row < 10n ? 50 : 1)), rest: 1 };
    const weak = { rows: rows.slice(50), scores: rows.slice(50).map(() => 2), rest: 2 };
    expect(likelyRows([decided, weak], 10)).toEqual(rows.slice(0, 10));
    expect(likelyRows([], 10)).toEqual([]);
  });
});

test("a search of likely rows is for large tables and few hits", () => {
  expect(findsLikely(LIKELY_ROWS, { limit: 100 })).toBe(false);
  expect(findsLikely(LIKELY_ROWS + 1, { limit: 100 })).toBe(true);
  expect(findsLikely(LIKELY_ROWS + 1, { limit: 1000 })).toBe(false);
});

test("the plan of a search of likely rows shows both steps", async () => {
  const clauses = textClauses("word1");
  const limits = { limit: 100, where: "kind = 'text'" };
  const plan = await explainText(table, LIKELY_ROWS + 1, clauses, limits);
  for (const { column } of clauses) expect(plan).toContain(`likely rows by ${column}:\n`);
  expect(plan).toMatch(/of these, or where they may not be enough of all:\n[\s\S]*BooleanQuery/);
  expect(plan.split("kind_idx").length).toBeGreaterThan(clauses.length);
  expect(await explainText(table, ROWS, clauses, limits)).toStartWith("ProjectionExec");
});
