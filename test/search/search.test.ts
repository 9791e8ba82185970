/** Searching a real table: scores, filters, languages, and queries that mean nothing. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as v from "valibot";
import type { ChunkRecord } from "../../src/core/record.ts";
import { SearchSettings } from "../../src/search/config.ts";
import { type QueryEmbedder, search, searchTables } from "../../src/search/search.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { DIMENSION, description, random, record, settings, temporaryFolder, unitVectors } from "../store/rows.ts";

const RECORDS: ChunkRecord[] = [
  record("docs/fox.md", "quick brown foxes jump across lazy dogs"),
  record("docs/dog.md", "dogs sleep dogs eat"),
  record("docs/code.ts", "call getUserById with foo_bar to load it", { kind: "code", lang: "typescript" }),
  record("docs/ja.md", "東京都に住んでいます。機械学習は楽しい。", { lang: "ja" }),
  record("docs/zh.md", "机器学习是人工智能的一个分支", { lang: "zh" }),
  record("docs/ko.md", "한국어 형태소 분석기를 만든다", { lang: "ko" }),
  record("docs/de.md", "Größe und Café naïve", { lang: "de" }),
  record("notes/install.pdf", "press the red button", {
    kind: "pdf",
    root: "notes",
    title: "Operating manual",
    headings: ["Installation", "First start"],
    page: 3,
    startLine: 40,
    mtimeMs: Date.UTC(2026, 5, 1),
  }),
  record("data.csv#row=7", "harbour crane", { item: "data.csv", path: "data.csv", kind: "csv", row: 7 }),
];
const VECTORS = unitVectors(RECORDS.length, { clusters: RECORDS.length });

/** Embeds any query as the stored vector of one row. */
function at(row: number): QueryEmbedder {
  const vectors = VECTORS.slice(row * DIMENSION, (row + 1) * DIMENSION);
  const embeddings = { vectors, count: 1, dimension: DIMENSION, tokens: 3, truncated: new Uint8Array(1) };
  return { description: description(), embed: async () => embeddings };
}

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;

beforeAll(async () => {
  folder = temporaryFolder();
  store = await openStore({ dir: folder.path, settings: settings(), embedder: description() });
  await store.commit(
    RECORDS,
    VECTORS,
    RECORDS.map(({ doc }) => doc),
  );
  expect((await store.maintain(true)).problems).toEqual([]);
});

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

type Settings = v.InferInput<typeof SearchSettings>;
const find = (query: string, values: Settings = {}, embedder: QueryEmbedder | null = at(0)) =>
  search(store, embedder, { query, settings: v.parse(SearchSettings, values) });
const text = async (query: string, values: Settings = {}) =>
  (await find(query, { mode: "text", ...values }, null)).hits;
const docs = async (query: string, values: Settings = {}) =>
  (await text(query, values)).map(({ record }) => record.doc);

describe("the text leg", () => {
  test("scores by BM25, as computed by hand", async () => {
    using other = temporaryFolder();
    await using table = await openStore({ dir: other.path, settings: settings(), embedder: description() });
    // The numbers of words count, so none of these is an English stop word, and the paths say nothing.
    const passages = ["crane ship crane", "ship", "harbour ship quay rope", "lamp"];
    const records = passages.map((passage, i) => record(`p${i}`, passage));
    await table.commit(
      records,
      unitVectors(4),
      records.map(({ doc }) => doc),
    );
    const bm25 = (frequency: number, documents: number, length: number) =>
      (Math.log(1 + (4 - documents + 0.5) / (documents + 0.5)) * frequency * 2.2) /
      (frequency + 1.2 * (0.25 + (0.75 * length) / (9 / 4)));
    const scores = async (query: string) => {
      const request = { query, settings: v.parse(SearchSettings, { mode: "text" }) };
      return (await search(table, null, request)).hits.map(({ record, score }) => [record.doc, score.toFixed(5)]);
    };
    expect(await scores("crane")).toEqual([["p0", bm25(2, 1, 3).toFixed(5)]]);
    expect(await scores("ship")).toEqual([
      ["p1", bm25(1, 3, 1).toFixed(5)],
      ["p0", bm25(1, 3, 3).toFixed(5)],
      ["p2", bm25(1, 3, 4).toFixed(5)],
    ]);
    expect(await scores("crane ship")).toContainEqual(["p0", (bm25(2, 1, 3) + bm25(1, 3, 3)).toFixed(5)]);
  });

  test("multiplies BM25 by the share of a question's words that a passage holds, not for names", async () => {
    const [both, one] = await text("lazy dogs eat bones");
    expect(both!.legs.text!.coverage).toBe(1 / 2);
    expect(one!.legs.text!.coverage).toBe(1 / 2);
    const [only] = await text("red harbour buttons");
    expect(only!.record.doc).toBe("notes/install.pdf");
    expect(only!.legs.text).toMatchObject({ rank: 1, coverage: 2 / 3 });
    expect(only!.score).toBe(only!.legs.text!.score);
    expect((await text("getUserById foo_bar"))[0]!.legs.text!.coverage).toBeUndefined();
  });

  test("stems English words, in any case and form", async () => {
    expect(await docs("DOG")).toEqual(["docs/dog.md", "docs/fox.md"]);
    expect(await docs("jumped")).toEqual(["docs/fox.md"]);
  });

  test("finds words with and without their accents", async () => {
    for (const query of ["cafe", "Café", "CAFÉ", "naive"]) expect(await docs(query)).toEqual(["docs/de.md"]);
  });

  test("finds identifiers by their parts, and in other spellings", async () => {
    for (const query of ["getUserById", "user", "get_user_by_id", "fooBar", "foo_bar", "foobar"]) {
      expect(await docs(query)).toEqual(["docs/code.ts"]);
    }
  });

  test("finds Chinese, Japanese and Korean words inside a sentence", async () => {
    expect(await docs("機械学習")).toEqual(["docs/ja.md"]);
    expect(await docs("学習")).toEqual(["docs/ja.md"]);
    expect(await docs("人工智能")).toEqual(["docs/zh.md"]);
    expect(await docs("分支")).toEqual(["docs/zh.md"]);
    expect(await docs("분석기")).toEqual(["docs/ko.md"]);
  });

  test("finds passages by their title, headings and path too", async () => {
    for (const query of ["manual", "installation", "install.pdf", "notes"]) {
      expect(await docs(query)).toEqual(["notes/install.pdf"]);
    }
  });

  test("takes any text as words: nothing in it is syntax", async () => {
    const crane = ["data.csv#row=7"];
    for (const query of [
      '"crane',
      "crane)",
      "(crane",
      "+crane -button",
      "crane*",
      "crane~2^3",
      "text:crane",
      "crane\0",
    ]) {
      expect(await docs(query)).toContain(crane[0]!);
    }
    for (const query of ['"', "*", "()", "🎉", "-", "\u200d", "AND", "\\", "\ud800"]) {
      expect(await docs(query)).toEqual([]);
    }
    expect(await docs("crane \ud800")).toEqual(crane);
    expect(await docs("crane ".repeat(1700).slice(0, 10_000))).toEqual(crane);
    const words = Array.from({ length: 2000 }, (_, i) => `w${i}`).join(" ");
    expect(await docs(`${words} crane`)).toEqual(crane);
  });
});

describe("an empty query", () => {
  test("is a usage error", async () => {
    for (const query of ["", "  \n\t"]) {
      await expect(find(query)).rejects.toMatchObject({ name: "UsageError", message: "the query is empty" });
    }
  });
});

describe("the vector leg", () => {
  test("scores by the cosine", async () => {
    const { hits } = await find("anything", { mode: "vector" }, at(1));
    expect(hits[0]).toMatchObject({ rank: 1, record: RECORDS[1]!, legs: { vector: { rank: 1 } } });
    expect(hits[0]!.score).toBeCloseTo(1, 5);
    for (const { score, record } of hits) {
      const row = RECORDS.findIndex(({ id }) => id === record.id);
      let cosine = 0;
      for (let i = 0; i < DIMENSION; i++) cosine += VECTORS[DIMENSION + i]! * VECTORS[row * DIMENSION + i]!;
      expect(score).toBeCloseTo(cosine, 5);
    }
  });
});

describe("a hybrid search", () => {
  test("is the default, and puts what leads both legs first, with the score 1 by ranks", async () => {
    const { mode, hits } = await find("harbour crane", {}, at(8));
    expect(mode).toBe("hybrid");
    expect(hits[0]).toMatchObject({ rank: 1, record: RECORDS[8]! });
    expect((await find("harbour crane", { fusion: "rrf" }, at(8))).hits[0]).toMatchObject({
      score: 1,
      record: RECORDS[8]!,
    });
    expect(hits[0]!.legs).toMatchObject({ vector: { rank: 1 }, text: { rank: 1 } });
    expect(hits.map(({ rank }) => rank)).toEqual(hits.map((_, index) => index + 1));
    expect(hits.length).toBe(RECORDS.length);
  });

  test("orders equal scores by id, the same in every run", async () => {
    const values: Settings = { fusion: "convex", alpha: 0 };
    const { hits } = await find("crane", values);
    const rest = hits.filter(({ score }) => score === 0).map(({ record }) => record.id);
    expect(rest.length).toBe(RECORDS.length - 1);
    expect(rest).toEqual([...rest].sort());
  });

  test("takes k hits at most, and none below the minimum score", async () => {
    expect((await find("dogs", { k: 2 })).hits.length).toBe(2);
    const { hits } = await find("dogs", { minScore: 0.4 });
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.length).toBeLessThan(RECORDS.length);
    for (const { score } of hits) expect(score).toBeGreaterThanOrEqual(0.4);
    expect((await find("dogs", { minScore: 1.5 })).hits).toEqual([]);
  });

  test("gives the same first hits, with the same lines and scores, however many up to a hundred are asked for", async () => {
    using other = temporaryFolder();
    await using table = await openStore({ dir: other.path, settings: settings(), embedder: description() });
    const next = random(5);
    // So many that less than 200 rows have one of a query's: of equal rows at the end LanceDB gives any.
    const word = () => `word${Math.floor(next() * 400)}`;
    const records = Array.from({ length: 1200 }, (_, i) => {
      const words = Array.from({ length: 6 + Math.floor(next() * 8) }, word).join(" ");
      const [file, seq] = [Math.floor(i / 8), i % 8];
      const id = Bun.hash(`${i}`).toString(16).padStart(32, "0");
      return record(`${file}.md`, words, { id, seq, startLine: seq + 1, endLine: seq + 1 });
    });
    const vectors = unitVectors(records.length, { clusters: 40 });
    await table.commit(records, vectors, [...new Set(records.map(({ doc }) => doc))]);
    for (let row = 0; row < 10; row++) {
      const query = Array.from({ length: 4 }, word).join(" ");
      const near = vectors.slice(row * 100 * DIMENSION, (row * 100 + 1) * DIMENSION);
      const embedder: QueryEmbedder = {
        description: description(),
        embed: async () => ({ vectors: near, count: 1, dimension: DIMENSION, tokens: 4, truncated: new Uint8Array(1) }),
      };
      const shown = async (k: number) => {
        const tables = [{ name: "", store: table, embedder, joins: true }];
        const { hits } = await searchTables(tables, { query, settings: v.parse(SearchSettings, { k }) });
        return hits.map(({ score, record: { id, startLine, endLine } }) => ({ id, startLine, endLine, score }));
      };
      const many = await shown(100);
      expect(many.length).toBe(100);
      // LanceDB adds the scores of words up in any order.
      const about = many.map((hit) => ({ ...hit, score: expect.closeTo(hit.score, 5) }));
      for (const k of [1, 10, 30]) expect(await shown(k)).toEqual(about.slice(0, k));
    }
  });

  test("explains each leg's rank, raw score and contribution, and shows both plans", async () => {
    const { hits, plans } = await search(store, at(1), {
      query: "dogs",
      settings: v.parse(SearchSettings, {}),
      explain: true,
    });
    for (const { score, legs, explain } of hits) {
      expect((explain!.vector ?? 0) + (explain!.text ?? 0)).toBeCloseTo(score, 12);
      expect(legs.vector === undefined).toBe(explain!.vector === undefined);
      expect(legs.text === undefined).toBe(explain!.text === undefined);
    }
    expect(plans!.vector).toContain("KNNVectorDistance");
    expect(plans!.text).toContain("MatchQuery");
  });
});

describe("a filter", () => {
  const filtered = async (filter: string) =>
    (await find("anything", { filter, mode: "vector" })).hits.map(({ record }) => record.path).sort();

  test("is SQL over the columns that people know", async () => {
    expect(await filtered("lang = 'ja'")).toEqual(["docs/ja.md"]);
    expect(await filtered("kind IN ('pdf', 'csv')")).toEqual(["data.csv", "notes/install.pdf"]);
    expect(await filtered("path LIKE 'docs/%' AND lang = 'en'")).toEqual(["docs/dog.md", "docs/fox.md"]);
    expect(await filtered("page >= 3 OR row = 7")).toEqual(["data.csv", "notes/install.pdf"]);
    expect(await filtered("root = 'notes' AND title LIKE '%manual%' AND start_line > 30")).toEqual([
      "notes/install.pdf",
    ]);
    expect(await filtered("array_has(headings, 'Installation')")).toEqual(["notes/install.pdf"]);
    expect(await filtered("mtime > timestamp '2026-01-01'")).toEqual(["notes/install.pdf"]);
    expect(await filtered("NOT truncated AND lang IS NOT NULL AND kind = 'code'")).toEqual(["docs/code.ts"]);
    expect(await filtered("path = 'it''s'")).toEqual([]);
  });

  test("is applied before both legs, by the indices on its columns", async () => {
    const { hits, plans } = await search(store, at(0), {
      query: "dogs",
      settings: v.parse(SearchSettings, { filter: "lang = 'en' AND path LIKE 'docs/%' AND kind = 'markdown'" }),
      explain: true,
    });
    expect(hits.map(({ record }) => record.path).sort()).toEqual(["docs/dog.md", "docs/fox.md"]);
    for (const plan of [plans!.vector!, plans!.text!]) {
      expect(plan).toMatch(/ScalarIndexQuery: query=.*\[lang = en\]@lang_idx\(Bitmap\)/);
      expect(plan).toMatch(/\[path LIKE 'docs\/%'\]@path_idx\(BTree\)/);
      expect(plan).toMatch(/\[kind = markdown\]@kind_idx\(Bitmap\)/);
    }
  });

  const refused = (filter: string) =>
    find("dogs", { filter }).then(
      () => undefined,
      (error: unknown) => error,
    );

  test("that names an unknown column says what was probably meant", async () => {
    expect(await refused("langg = 'en'")).toMatchObject({
      name: "UsageError",
      message: `unknown column "langg" in the filter: langg = 'en'`,
      hint: expect.stringMatching(/^did you mean "lang"\? columns: id, doc, .*start_line/),
    });
  });

  test("that is not understood shows why, and an example", async () => {
    const wrong: [filter: string, reason: RegExp][] = [
      ["lang = 'en", /Unterminated string/],
      ["page = 'three'", /'three'|"three"/],
      ["page", /does not return a boolean/],
      ["nonsense(lang) = 1", /Invalid function 'nonsense'/],
      ["lang = 'en' title = 'x'", /title/],
      ["lang = 'en'; DROP TABLE chunks", /;/],
    ];
    for (const [filter, reason] of wrong) {
      expect(await refused(filter)).toMatchObject({
        name: "UsageError",
        message: expect.stringMatching(reason),
        hint: expect.stringContaining("lang = 'en' AND path LIKE 'docs/%'"),
      });
    }
    expect(await refused("  ")).toMatchObject({ name: "UsageError", message: "the filter is empty" });
    expect(await refused("mtime > '2026-01-01'")).toMatchObject({ hint: expect.stringContaining("timestamp '") });
  });
});

test("a project without a table, and an empty one, have no hits", async () => {
  using empty = temporaryFolder();
  await using nothing = await openStore({ dir: empty.path, settings: settings(), embedder: description() });
  const request = { query: "dogs", settings: v.parse(SearchSettings, {}) };
  expect(await search(nothing, at(0), request)).toEqual({ mode: "hybrid", hits: [] });
  await nothing.commit(RECORDS.slice(0, 1), VECTORS.slice(0, DIMENSION), [RECORDS[0]!.doc]);
  await nothing.deleteDocs([RECORDS[0]!.doc]);
  expect(await search(nothing, at(0), request)).toEqual({ mode: "hybrid", hits: [] });
});

describe("a search with a reranker", () => {
  /** Scores by a table of passages; what stands in no table gets 0.1. */
  const reader = (scores: Record<string, number>) => {
    const read: string[][] = [];
    const score = async (_: string, texts: readonly string[]) => {
      read.push([...texts]);
      return Float32Array.from(texts, (passage) => scores[passage] ?? 0.1);
    };
    return { read, reranker: { scale: "probability" as const, score } };
  };
  const ask = (query: string, values: Settings, reranker: ReturnType<typeof reader>["reranker"], explain = false) =>
    search(store, at(0), { query, settings: v.parse(SearchSettings, values), reranker, explain });

  test("puts first what the model is sure of, and says where it stood before", async () => {
    const { reranker } = reader({ "dogs sleep dogs eat": 0.95 });
    const plain = await find("dogs", { mode: "hybrid", k: 9 });
    const from = plain.hits.findIndex(({ record }) => record.doc === "docs/dog.md") + 1;
    expect(from).toBeGreaterThan(1);
    const { hits } = await ask("dogs", { k: 9 }, reranker, true);
    expect(hits[0]!.record.doc).toBe("docs/dog.md");
    expect(hits[0]!.reranked).toEqual({ from, before: plain.hits[from - 1]!.score, score: expect.closeTo(0.95, 6) });
    const { position, reranker: part } = hits[0]!.explain!;
    expect(position! + part!).toBeCloseTo(hits[0]!.score, 12);
    expect(hits.map(({ rank }) => rank)).toEqual(hits.map((_, i) => i + 1));
  });

  test("gives the model the headings above a passage, and no more passages than the settings say", async () => {
    const { read, reranker } = reader({});
    await ask("press the red button", { mode: "text" }, reranker);
    expect(read).toEqual([["Installation > First start\n\npress the red button"]]);
    await ask("dogs", { rerankTop: 2 }, reranker);
    expect(read[1]).toHaveLength(2);
  });

  test("measures --min-score against the blended score", async () => {
    const { reranker } = reader({ "dogs sleep dogs eat": 0.95 });
    const { hits } = await ask("dogs", { minScore: 0.6, k: 9 }, reranker);
    expect(hits.map(({ record }) => record.doc)).toEqual(["docs/dog.md"]);
  });
});

describe("a query in other words", () => {
  const request = { query: "crane", settings: v.parse(SearchSettings, { mode: "text" }), explain: true };

  test("finds what its own words miss, behind what these find, and says by which words", async () => {
    const { hits } = await search(store, null, { ...request, rewrites: ["sleeping dogs", "harbour crane"] });
    expect(hits.map(({ record }) => record.doc)).toEqual(["data.csv#row=7", "docs/dog.md", "docs/fox.md"]);
    expect(hits.map(({ rewritten }) => rewritten)).toEqual([
      [{ query: "harbour crane", rank: 1 }],
      [{ query: "sleeping dogs", rank: 1 }],
      [{ query: "sleeping dogs", rank: 2 }],
    ]);
    for (const { score, explain } of hits) {
      expect((explain!.text ?? 0) + (explain!.rewrites ?? 0)).toBeCloseTo(score, 12);
    }
  });

  test("does not change what is found without", async () => {
    const plain = await search(store, null, request);
    expect(await search(store, null, { ...request, rewrites: [] })).toEqual(plain);
  });
});
