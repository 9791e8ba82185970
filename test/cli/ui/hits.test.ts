/** Hits as text: the engine where there are several, what a collection is about, and other words that were asked. */
import { describe, expect, test } from "bun:test";
import { renderHits } from "../../../src/cli/ui/hits.ts";
import type { SearchHit, SearchReport } from "../../../src/pipelines/search.ts";

const hit = (rank: number, changes: Partial<SearchHit> = {}): SearchHit => ({
  rank,
  score: 0.5,
  id: `id${rank}`,
  uri: "docs/a.md",
  path: "docs/a.md",
  root: ".",
  title: "Guide",
  kind: "markdown",
  lang: "en",
  startLine: 3,
  endLine: 4,
  page: null,
  row: null,
  headings: ["Guide", "Setup"],
  text: "some words",
  engine: "documents",
  context: null,
  fields: {},
  legs: {},
  ...changes,
});

const engine = (name: string) => ({ name, model: null, note: null });
const PLAIN = { isTTY: false, color: false, columns: 80 };
const rendered = (hits: SearchHit[], report: Partial<SearchReport> = {}) =>
  renderHits({ query: "q", mode: "hybrid", engines: [engine("documents")], hits, ...report }, "/p", PLAIN);

describe("hits as text", () => {
  test("are place, score, path of headings and passage", () => {
    expect(rendered([hit(1), hit(2, { title: "a.md", headings: [] })])).toBe(
      " 1 docs/a.md:3  0.500\n   Guide › Setup\n   some words\n\n 2 docs/a.md:3  0.500\n   some words\n",
    );
  });

  test("name their engine where several were asked", () => {
    const both = [engine("documents"), engine("code")];
    expect(rendered([hit(1)], { engines: both })).toStartWith(" 1 docs/a.md:3  0.500  documents\n");
    expect(rendered([hit(1), hit(2, { engine: "code" })], { engines: [] })).toContain(" 2 docs/a.md:3  0.500  code\n");
  });

  test("say once what a collection is about", () => {
    const about = { context: "All about \u001b[31mpumps" };
    expect(rendered([hit(1, about), hit(2, about)])).toBe(
      [
        " 1 docs/a.md:3  0.500\n   All about ␛[31mpumps\n   Guide › Setup\n   some words\n",
        " 2 docs/a.md:3  0.500\n   Guide › Setup\n   some words\n",
      ].join("\n"),
    );
  });

  test("begin with the other words that were asked, and explain what these added", () => {
    const rewritten = [{ query: "pump set-up", rank: 4 }];
    const explained = hit(1, {
      explain: { text: 0.4, rewrites: 0.1 },
      legs: { text: { rank: 1, score: 9 } },
      rewritten,
    });
    const text = rendered([explained], { rewrites: ["pump set-up", "install"] });
    expect(text).toStartWith("also: pump set-up · install\n\n 1 docs/a.md:3");
    expect(text).toContain('   other words: rank 4 for "pump set-up", adds 0.1000\n');
    expect(rendered([hit(1)], { rewrites: [] })).toStartWith("the model wrote no other words\n\n");
  });
});
