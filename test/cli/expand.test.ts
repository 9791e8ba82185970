/** `--expand` through the real entry, with a model that writes rubbish: bounded, repeatable, explained. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { EvaluateReport } from "../../src/pipelines/evaluate.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

const project = new TempProject({
  "docs/pies.md": "# Pies\n\nAn apple pie needs apples, butter and a hot oven.\n",
  "docs/moon.md": "# Moon\n\nAstronauts landed on the moon with a rocket.\n",
  "docs/sea.md": "# Sea\n\nA whale swims in the sea and eats krill.\n",
  "questions.tsv": "what does a pie need\tdocs/pies.md:3\nwho flew to the moon\tdocs/moon.md:3\n",
});
let model: string;
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  model = await tinyModel("llama", { config: { max_position_embeddings: 4096 } });
  await project.json("ingest", "docs");
}, 300_000);

const QUERY = "what does a pie need";
const search = (...args: string[]) => project.json<SearchReport>("search", QUERY, ...args);

describe("--expand", () => {
  test("keeps the best hit whatever the model writes, and does the same again", async () => {
    const plain = await search();
    for (const mode of ["hybrid", "vector", "text"]) {
      const report = await search("--expand", "--decoder", model, "--mode", mode);
      expect(report.rewrites!.length).toBeLessThanOrEqual(3);
      expect(report.hits[0]!.path).toBe(plain.hits[0]!.path);
      expect(await search("--expand", "--decoder", model, "--mode", mode)).toEqual(report);
    }
    expect(plain.rewrites).toBeUndefined();
  });

  test("is a setting too, which mdp context follows", async () => {
    project.write("mdp.yaml", `search:\n  expand: true\nask:\n  decoder: ${model}\n`);
    expect((await search()).rewrites).toBeDefined();
    expect((await search("--no-expand")).rewrites).toBeUndefined();
    const { code, stdout } = await project.run("context", QUERY, "-k", "1", "-q");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("## docs/pies.md:1-3\n") });
    project.write("mdp.yaml", "");
  });

  test("is a way of its own in mdp eval", async () => {
    const report = await project.json<EvaluateReport>("eval", "questions.tsv", "--expand", "--decoder", model);
    const ways = new Set(report.results.map(({ way }) => way));
    expect([...ways]).toEqual(["vector", "text", "hybrid", "expand"]);
  });

  test("without a model says how to name one", async () => {
    const { code, stderr } = await project.run("search", QUERY, "--expand");
    expect(code).toBe(2);
    expect(stderr).toContain("--decoder ./qwen3, or set ask.decoder in mdp.yaml");
  });
});
