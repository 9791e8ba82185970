/** Goal: `mdp plot` draws a project as it is, into a file or on stdout, the same drawing every time. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { ClustersData } from "../../src/pipelines/plots/clusters.ts";
import type { LengthsData } from "../../src/pipelines/plots/lengths.ts";
import type { MeasuresData, ScoresData } from "../../src/pipelines/plots/scores.ts";
import { TempProject } from "../support/project.ts";

const project = new TempProject({
  "docs/cats.md": "# Cats\n\nCats purr when they are content.\n\n## Food\n\nThey eat fish.\n",
  "docs/dogs.md": "# Dogs\n\nDogs bark at night.\n",
  "docs/birds.md": "# Birds\n\nBirds sing in the morning.\n",
  "code/sum.py": "def add(a, b):\n    return a + b\n",
  "questions.jsonl":
    '{"query": "pets that purr", "relevant": ["docs/cats.md"]}\n{"query": "night noise", "relevant": ["docs/dogs.md"]}\n',
});
beforeAll(async () => {
  await project.run("ingest", "docs", "code");
});
afterAll(() => project[Symbol.dispose]());

const data = async <T>(...args: string[]) => (await project.json<{ data: T }>("plot", ...args)).data;

describe("mdp plot", () => {
  test("lengths counts every passage and document of every engine", async () => {
    const lengths = await data<LengthsData[]>("lengths");
    expect(lengths.map(({ engine, documents }) => [engine, documents.count])).toEqual([
      ["documents", 3],
      ["code", 1],
    ]);
    const status = await project.json<{ chunks: number }>("status");
    const counted = lengths.map(({ passages }) => passages.bars.reduce((sum, { count }) => sum + count, 0));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(status.chunks);
    expect((await data<LengthsData[]>("lengths", "--type", "code")).map(({ engine }) => engine)).toEqual(["code"]);
  });

  test("clusters has a point for each passage, and draws the same again", async () => {
    const clusters = await data<ClustersData>("clusters", "--by", "engine");
    expect(clusters.groups.map(({ name }) => name)).toEqual(["documents", "code"]);
    expect(new Set(clusters.points.map(({ path }) => path))).toEqual(
      new Set(["docs/cats.md", "docs/dogs.md", "docs/birds.md", "code/sum.py"]),
    );
    const [first, second] = [await project.run("plot", "clusters"), await project.run("plot", "clusters")];
    expect(first.stdout).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(second.stdout).toBe(first.stdout);
    expect((await data<ClustersData>("clusters", "--sample", "2")).points).toHaveLength(3);
  });

  test("clusters draws no empty map where vectors are still to be made", async () => {
    using waiting = new TempProject({ "a.md": "# Cats\n\nCats purr.\n" });
    await waiting.json("ingest", "a.md", "--vector-type", "int8");
    await waiting.json("index", "rebuild", "--vector-type", "float32");
    const { code, stdout, stderr } = await waiting.run("plot", "clusters");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("no passage has a vector yet");
    expect((await waiting.run("similar", "a.md")).stderr).toContain("no passage of the file has a vector yet");
    await waiting.json("ingest", "a.md");
    expect((await waiting.run("plot", "clusters")).code).toBe(0);
  });

  test("scores has the hits of each way to search, and of saved evaluations every question", async () => {
    const { curves } = await data<ScoresData>("scores", "pets that purr");
    expect(curves.map(({ way }) => way)).toEqual(["hybrid", "vector", "text"]);
    for (const { hits } of curves) {
      expect(hits[0]?.path).toBe("docs/cats.md");
      expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a));
    }
    await project.run("eval", "questions.jsonl", "--save", "run.json");
    const [passage] = await data<MeasuresData[]>("scores", "--eval", "run.json");
    expect(passage?.curves.map(({ name, values }) => [name, values.length])).toEqual([
      ["vector", 2],
      ["text", 2],
      ["hybrid", 2],
    ]);
  });

  test("writes a page or an SVG by the name of the file, and refuses others", async () => {
    const run = await project.run("plot", "lengths", "--out", "l.html");
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 0, stdout: "" });
    expect(readFileSync(project.path("l.html"), "utf8")).toStartWith("<!doctype html>");
    await project.run("plot", "lengths", "--out", "l.svg");
    expect(readFileSync(project.path("l.svg"), "utf8")).toBe((await project.run("plot", "lengths")).stdout);
    const wrong = await project.run("plot", "lengths", "--out", "l.png");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("neither .html nor .svg") });
    expect(existsSync(project.path("l.png"))).toBe(false);
  });

  test("says what it needs", async () => {
    expect(await project.run("plot", "scores")).toMatchObject({ code: 2 });
    expect(await project.run("plot", "clusters", "--by", "colour")).toMatchObject({ code: 2 });
    const nothing = await project.run("plot", "lengths", "--type", "sql");
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining("holds nothing of sql") });
  });
});
