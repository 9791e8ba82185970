/** Steps that need files of their own, through the command line: classifiers on MLX, benchmarks, lists, n-gram models. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PrepareReport } from "../../src/pipelines/prepare.ts";
import { TempProject } from "../support/project.ts";
import { prose } from "../support/training-corpus.ts";

setDefaultTimeout(300_000);

const CLASSIFIER = join(import.meta.dir, "../../fixtures/models/tiny-bert-classifier");
const texts = Array.from({ length: 70 }, (_, i) => prose(300 + i, 30 + i));
const rows = texts.map((text, i) => `${JSON.stringify({ id: `d${i}`, text })}\n`).join("");
const CURATE = ["curate", "raw", "--out", "clean", "--preset", "none", "--keep-excluded"];

interface Line {
  id: string;
  step?: string;
  reason?: string;
  score?: number;
  limit?: number;
  metadata?: { scores: Record<string, number>; [tag: string]: unknown };
}
const linesOf = (project: TempProject, path: string) =>
  readFileSync(project.path(path), "utf8")
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

describe("a classifier for toxicity", () => {
  test("scores every text, and drops those over the limit", async () => {
    using project = new TempProject({ "raw/rows.jsonl": rows });
    const scored = await project.json<PrepareReport>(...CURATE, "--toxicity", "score", "--toxicity-model", CLASSIFIER);
    expect(scored).toMatchObject({ documents: 70, kept: 70 });
    const scores = linesOf(project, "clean/part_00000.jsonl").map(
      ({ metadata }) => metadata!.scores["toxicity.score"]!,
    );
    expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
    const limit = scores.toSorted((a, b) => a - b)[50]!;
    const args = ["--toxicity", "drop", "--toxicity-model", CLASSIFIER, "--max-toxicity", String(limit), "--overwrite"];
    const dropped = await project.json<PrepareReport>(...CURATE, ...args);
    expect(dropped.dropped).toBe(scores.filter((score) => score > limit).length);
    const [first] = linesOf(project, "clean/excluded/00000.jsonl");
    expect(first).toMatchObject({ step: "toxicity", limit });
    expect(first!.score).toBeGreaterThan(limit);
  });
});

describe("decontamination", () => {
  const benchmark = ["raw text of another question", texts[5]!.split(" ").slice(8, 30).join(" ").toUpperCase()];
  const files = {
    "raw/rows.jsonl": rows,
    "bench.jsonl": benchmark.map((question) => `${JSON.stringify({ question })}\n`).join(""),
  };

  test("drops what shares 13 words with a benchmark, and names its row", async () => {
    using project = new TempProject(files);
    const report = await project.json<PrepareReport>(...CURATE, "--decontaminate", "bench.jsonl");
    expect(report).toMatchObject({ documents: 70, kept: 69, dropped: 1 });
    const [line] = linesOf(project, "clean/excluded/00000.jsonl");
    expect(line).toMatchObject({ id: "d5", step: "decontaminate" });
    expect(JSON.stringify(line)).toContain("bench.jsonl");
    expect(JSON.stringify(line)).toMatch(/bench\.jsonl\D{0,9}2\b/);
  });

  test("or only tags it", async () => {
    using project = new TempProject(files);
    const args = ["--decontaminate", "bench.jsonl", "--decontaminate-action", "tag"];
    expect(await project.json<PrepareReport>(...CURATE, ...args)).toMatchObject({ kept: 70 });
    const tagged = linesOf(project, "clean/part_00000.jsonl").filter((line) =>
      JSON.stringify(line).includes("bench.jsonl"),
    );
    expect(tagged.map(({ id }) => id)).toEqual(["d5"]);
  });
});

describe("perplexity", () => {
  test("by a model of one's own drops what is not like its text", async () => {
    const noise = Array.from({ length: 60 }, (_, i) => `zq${(i * 7919) % 991}x`).join(" ");
    using project = new TempProject({
      "good/rows.jsonl": rows,
      "raw/rows.jsonl": `${JSON.stringify({ id: "good", text: texts[9] })}\n${JSON.stringify({ id: "noise", text: noise })}\n`,
    });
    expect((await project.run("data", "ngram", "good", "--out", "good.ngram", "--order", "3")).code).toBe(0);
    const args = ["--perplexity-model", "good.ngram", "--max-perplexity", "500"];
    expect(await project.json<PrepareReport>(...CURATE, ...args)).toMatchObject({ kept: 1, dropped: 1 });
    expect(linesOf(project, "clean/part_00000.jsonl").map(({ id }) => id)).toEqual(["good"]);
    const [dropped] = linesOf(project, "clean/excluded/00000.jsonl");
    expect(dropped).toMatchObject({ id: "noise", step: "perplexity", limit: 500 });
    expect((await project.run("data", "ngram", "good", "--out", "x", "--order", "99")).code).toBe(2);
  });
});

describe("lists", () => {
  test("of addresses and words refuse documents, each with its reason", async () => {
    using project = new TempProject({
      "raw/rows.jsonl": [
        { id: "a", url: "https://www.bad.example/page", text: "Plain text." },
        { id: "b", url: "https://good.example/", text: "Plain text about weasels." },
        { id: "c", url: "https://good.example/", text: "Plain text about cats." },
      ]
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(""),
      "domains.txt": "bad.example\n",
      "words.txt": "weasels\n",
    });
    const report = await project.json<PrepareReport>(
      ...CURATE,
      "--url-blocklist",
      "domains.txt",
      "--bad-words",
      "words.txt",
    );
    expect(report.kept).toBe(1);
    expect(linesOf(project, "clean/excluded/00000.jsonl").map(({ id, step }) => [id, step])).toEqual([
      ["a", "url"],
      ["b", "bad-words"],
    ]);
  });

  test("that do not exist are an error that names the file", async () => {
    using project = new TempProject({ "raw/a.txt": "text" });
    const run = await project.run(...CURATE, "--bad-words", "nowhere.txt");
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain("nowhere.txt");
  });
});
