/** Goal: questions are read as they stand in their files, and ways of searching are compared on the same ones. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, type Way } from "../../../src/search/evaluate/evaluate.ts";
import type { JudgedHit } from "../../../src/search/evaluate/judge.ts";
import { readQuestions } from "../../../src/search/evaluate/questions.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-questions-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe("questions", () => {
  test("come from JSON Lines with places, lines, quotations and grades", async () => {
    const path = file(
      "a.jsonl",
      '{"query":"  undo?  ","relevant":["docs/a.md:12-20","b:c.md",{"path":"c.md","quote":"as it was","grade":3}]}\n\n' +
        '{"id":7,"kind":"code","query":"x","relevant":["d.md:4"],"note":"kept out"}\n',
    );
    expect(await readQuestions(path)).toEqual([
      {
        id: "1",
        query: "undo?",
        kind: "",
        answers: [
          { path: "docs/a.md", lines: [12, 20], grade: 1 },
          { path: "b:c.md", lines: undefined, grade: 1 },
          { path: "c.md", quote: "as it was", grade: 3 },
        ],
      },
      { id: "7", query: "x", kind: "code", answers: [{ path: "d.md", lines: [4, 4], grade: 1 }] },
    ]);
  });

  test("come from TSV, lines of one query together", async () => {
    const path = file("a.tsv", "undo\ta.md:3\nredo\tb.md\t2\r\nundo\tc.md\t0\n");
    const [undo, redo] = await readQuestions(path);
    expect(undo!.answers.map(({ path: name, grade }) => [name, grade])).toEqual([
      ["a.md", 1],
      ["c.md", 0],
    ]);
    expect(redo).toMatchObject({ query: "redo", answers: [{ path: "b.md", grade: 2 }] });
  });

  test("come from TSV whose first line names its fields, and from one whose first line is a question", async () => {
    const named = await readQuestions(file("n.tsv", "Query\tPath\tgrade\nundo\ta.md:3\n"));
    expect(named.map(({ query }) => query)).toEqual(["undo"]);
    const plain = await readQuestions(file("p.tsv", "query\tdocs/query.md\n"));
    expect(plain.map(({ query }) => query)).toEqual(["query"]);
  });

  test("come from a BEIR folder, without those that nothing answers", async () => {
    file("beir/queries.jsonl", '{"_id":"q1","text":"one"}\n{"_id":"q2","text":"two"}\n{"_id":"q3","text":"three"}\n');
    file("beir/qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td 1\t2\nq1\td2\t0\nq2\td3\t0\n");
    expect(await readQuestions(join(folder, "beir"))).toEqual([
      {
        id: "q1",
        query: "one",
        kind: "",
        answers: [
          { path: "", row: "d 1", grade: 2 },
          { path: "", row: "d2", grade: 0 },
        ],
      },
    ]);
  });

  test.each([
    ["b.jsonl", '{"query":"x","relevant":["a"]}\n{"query":"","relevant":["a"]}\n', "b.jsonl:2", "must not be empty"],
    ["c.jsonl", '{"query":"x","relevant":[]}\n', "c.jsonl:1", "at least one relevant answer"],
    ["d.jsonl", "{\n", "d.jsonl:1", "not JSON"],
    ["e.tsv", "x\ta.md\nonly a query\n", "e.tsv:2", "a tab and a place"],
    ["f.jsonl", "\n", "f.jsonl", "no question"],
  ])("with a mistake are refused with their line: %s", async (name, text, where, message) => {
    const path = file(name, text);
    const refused = expect(readQuestions(path)).rejects;
    await refused.toMatchObject({ where: expect.stringContaining(where), message: expect.stringContaining(message) });
  });

  test("of a folder without judgements are refused with the file that is missing", async () => {
    file("half/queries.jsonl", "");
    await expect(readQuestions(join(folder, "half"), "dev")).rejects.toMatchObject({
      where: join(folder, "half/qrels/dev.tsv"),
    });
  });
});

describe("an evaluation", () => {
  const hit = (path: string): JudgedHit => ({ id: path, uri: path, path, startLine: 1, endLine: 9, text: "" });
  const questions = ["a", "b", "c", "d"].map((name, i) => ({
    id: name,
    query: name,
    kind: i < 2 ? "early" : "late",
    answers: [{ path: `${name}.md`, grade: 1 }],
  }));
  const right: Way = { name: "right", ask: async (query) => [hit(`${query}.md`)] };
  const second: Way = { name: "second", ask: async (query) => [hit("x.md"), hit(`${query}.md`)] };

  test("measures every way, for all questions and for each kind, by passage and by file", async () => {
    const { results, questions: count } = await evaluate(questions, [right, second]);
    expect(count).toBe(4);
    expect(results).toHaveLength(2 * 2 * 3);
    const of = (way: string, kind: string | null) =>
      results.find((result) => result.way === way && result.kind === kind && result.unit === "file")!;
    expect(of("right", null).metrics.mrr).toEqual({ mean: 1, low: 1, high: 1 });
    expect(of("second", "late")).toMatchObject({
      questions: 2,
      metrics: { mrr: { mean: 0.5 }, recall10: { mean: 1 } },
    });
  });

  test("is compared with an earlier run question by question", async () => {
    const before = await evaluate(questions, [{ ...second, name: "hybrid" }]);
    const { results } = await evaluate(questions, [{ ...right, name: "hybrid" }], { baseline: before.run });
    expect(results[0]!.change!.mrr).toEqual({ mean: 0.5, low: 0.5, high: 0.5, worse: 0 });
  });
});
