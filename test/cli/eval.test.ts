/** `mdp eval` through the real entry, on a project whose questions have known answers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EvaluateReport } from "../../src/pipelines/evaluate.ts";
import { TempProject } from "../support/project.ts";

const project = new TempProject({
  "docs/pies.md":
    "# Baking\n\nAn apple pie needs apples, butter and a hot oven.\n\n# Storing\n\nKeep it cool, for two days.\n",
  "docs/rockets.md": "# Rockets\n\nA rocket flies to the moon on liquid oxygen and kerosene.\n",
  "docs/volcano.md": "# Volcanoes\n\nMagma rises, and lava flows down the mountain.\n",
  "questions.jsonl":
    '{"id":"p","kind":"food","query":"dessert with fruit from the stove","relevant":["docs/pies.md:1-3"]}\n' +
    '{"id":"r","kind":"space","query":"spacecraft propellant","relevant":["docs/rockets.md"]}\n' +
    '{"id":"v","kind":"space","query":"lava","relevant":[{"path":"docs/volcano.md","quote":"lava flows down"}]}\n',
  "other.tsv": "lava\tdocs/volcano.md\n",
  "partly.tsv": "lava\tdocs/volcano.md\nlava\tsomewhere/else.md:3\nlava\t./docs/pies.md\n",
  "elsewhere.tsv": "lava\tsomewhere/else.md:3\n",
  "corpus.jsonl":
    '{"_id":"d1","title":"Tea","text":"Tea is made of leaves."}\n{"_id":"d2","title":"","text":"Cars drive."}\n',
  "beir/queries.jsonl": '{"_id":"q1","text":"automobile"}\n{"_id":"q2","text":"hot beverage"}\n',
  "beir/qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td2\t1\nq2\td1\t2\n",
});
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  await project.json("ingest", "docs", "corpus.jsonl");
});

const of = (report: EvaluateReport, way: string, unit: string, kind: string | null = null) =>
  report.results.find((result) => result.way === way && result.unit === unit && result.kind === kind)!;

describe("mdp eval", () => {
  test("measures each mode by passage and by file, for all questions and for each kind", async () => {
    const report = await project.json<EvaluateReport>("eval", "questions.jsonl");
    expect(report.questions).toBe(3);
    expect(report.results).toHaveLength(3 * 2 * 3);
    expect(of(report, "vector", "file").metrics.mrr.mean).toBe(1);
    // Two of the questions share no word with their answers.
    expect(of(report, "text", "passage").metrics.recall100.mean).toBeLessThan(1);
    expect(of(report, "text", "passage", "space")).toMatchObject({
      questions: 2,
      metrics: { recall10: { mean: 0.5 } },
    });
    expect(report.milliseconds.hybrid!.p95).toBeGreaterThan(0);
  });

  test("prints the same figures as tables", async () => {
    const { code, stdout, stderr } = await project.run("eval", "questions.jsonl", "--modes", "vector");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^all by passage \(3 questions\)\n {8}nDCG@10 /);
    expect(stdout).toMatch(/space by file \(2 questions\)\n.*\nvector {2}1\.000 ±0\.000/);
  });

  test("compares with a saved run of the same questions, and refuses one of others", async () => {
    await project.json("eval", "questions.jsonl", "--modes", "text", "--save", "run.json");
    const run = JSON.parse(readFileSync(join(project.dir, "run.json"), "utf8"));
    run.ways.vector = run.ways.text;
    writeFileSync(join(project.dir, "run.json"), JSON.stringify(run));
    const report = await project.json<EvaluateReport>(
      "eval",
      "questions.jsonl",
      "--modes",
      "vector",
      "--baseline",
      "run.json",
    );
    expect(of(report, "vector", "file").change!.recall100.mean).toBeGreaterThan(0);
    const other = await project.run("eval", "other.tsv", "--baseline", "run.json");
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("other questions");
    expect(other.stderr).toContain("run.json");
  });

  test("takes a BEIR folder, its documents known by their ids", async () => {
    const report = await project.json<EvaluateReport>("eval", "beir", "--modes", "vector");
    expect(report.questions).toBe(2);
    expect(of(report, "vector", "file").metrics.recall10.mean).toBe(1);
    expect(of(report, "vector", "passage").metrics.recall10.mean).toBe(1);
  });

  test("fails when no question finds an answer, naming how one of them is written", async () => {
    const { code, stdout, stderr } = await project.run("eval", "elsewhere.tsv");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("not one of the 1 questions");
    expect(stderr).toContain("somewhere/else.md");
  });

  test("names files of right answers that no search can find", async () => {
    const { code, stderr } = await project.run("eval", "partly.tsv", "--modes", "text");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "note: 2 files of right answers are not in the project: ./docs/pies.md, somewhere/else.md\n",
    });
    const { notHeld } = await project.json<EvaluateReport>("eval", "partly.tsv", "--modes", "text");
    expect(notHeld).toEqual(["./docs/pies.md", "somewhere/else.md"]);
    expect((await project.json<EvaluateReport>("eval", "beir", "--modes", "vector")).notHeld).toEqual([]);
  });

  test("refuses an unknown mode as a usage error", async () => {
    const { code, stderr } = await project.run("eval", "questions.jsonl", "--modes", "vector,magic");
    expect(code).toBe(2);
    expect(stderr).toContain('unknown mode "magic"');
  });
});
