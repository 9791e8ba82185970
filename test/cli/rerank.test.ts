/** `mdp search --rerank` through the real entry. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { EvaluateReport } from "../../src/pipelines/evaluate.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { TempProject } from "../support/project.ts";

const RERANKER = join(import.meta.dir, "../../fixtures/models/tiny-bert-reranker");
const project = new TempProject({
  "water.md": "# Water\n\nThe water is cold.\n",
  "people.md": "The people were there.\n",
  "time.md": "They make all of it like the first time.\n",
  "questions.tsv": "is the water cold?\twater.md\n",
});
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  await project.json("ingest", "water.md", "people.md", "time.md");
});

describe("mdp search --rerank", () => {
  test("is off by default", async () => {
    const { hits } = await project.json<SearchReport>("search", "is the water cold?");
    expect(hits.every((hit) => !("reranked" in hit))).toBe(true);
  });

  test("orders by the blend, and shows its parts with --explain", async () => {
    const args = ["search", "is the water cold?", "--rerank", RERANKER, "--explain"];
    const { hits } = await project.json<SearchReport>(...args);
    expect(hits).toHaveLength(3);
    for (const { score, explain, reranked } of hits) {
      expect(explain!.position! + explain!.reranker!).toBeCloseTo(score, 10);
      expect(explain!.reranker).toBeCloseTo(0.7 * reranked!.score!, 6);
      expect(explain!.position).toBeCloseTo((0.3 * 61) / (60 + reranked!.from), 10);
    }
    expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a));
    const { stdout } = await project.run(...args);
    expect(stdout).toMatch(/before: rank \d, score \d\.\d{4}, adds 0\.\d{4}/);
    expect(stdout).toMatch(/reranker: 0\.\d{4}, adds 0\.\d{4}/);
  });

  test("reads no more passages than --rerank-top says", async () => {
    const args = ["search", "is the water cold?", "--rerank", RERANKER, "--rerank-top", "1", "--explain"];
    const { hits } = await project.json<SearchReport>(...args);
    expect(hits.filter(({ reranked }) => reranked!.score !== undefined)).toHaveLength(1);
    expect((await project.run(...args)).stdout).toContain("reranker: not among those that it read");
  });

  test("names a model that is not there, and exits 1", async () => {
    const { code, stderr } = await project.run("search", "water", "--rerank", "no-such-reranker");
    expect(code).toBe(1);
    expect(stderr).toContain('the model "no-such-reranker" was not found');
  });
});

describe("mdp eval with a reranker", () => {
  test("sets the reranked search beside the others, which stay as they are", async () => {
    const nDCG = async (...flags: string[]) => {
      const { results } = await project.json<EvaluateReport>("eval", "questions.tsv", ...flags);
      const byFile = results.filter(({ unit, kind }) => unit === "file" && kind === null);
      return Object.fromEntries(byFile.map(({ way, metrics }) => [way, metrics.ndcg10.mean]));
    };
    const plain = await nDCG();
    const beside = await nDCG("--rerank", RERANKER);
    expect(Object.keys(beside)).toEqual(["vector", "text", "hybrid", "rerank"]);
    expect(beside).toMatchObject(plain);
    expect(beside.rerank).toBeGreaterThan(0);
  });
});
