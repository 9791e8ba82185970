/** `mdp similar` through the real entry: neighbours of a passage and of a file, without a model. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { SimilarReport } from "../../src/pipelines/similar.ts";
import { TempProject } from "../support/project.ts";
import { zipOf } from "../support/zip.ts";

const project = new TempProject({
  "docs/pies.md":
    "# Pies\n\nAn apple pie needs apples, butter and a hot oven.\n\n# Space\n\nA rocket flies to the moon.\n",
  "docs/cakes.md": "# Cakes\n\nBake the cake with flour, butter and sugar.\n",
  "docs/moon.md": "# Moon\n\nAstronauts landed on the moon with a rocket.\n",
  "old.zip": zipOf([
    { name: "notes/oven.md", content: "# Oven\n\nHeat the oven before you bake a cake.\n" },
    { name: "sky.md", content: "# Sky\n\nThe rocket passed the moon.\n" },
  ]),
  "src/bake.py": "def bake_cake(oven, flour):\n    return oven.heat(flour)\n",
});
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  await project.json("ingest", ".");
});

describe("mdp similar", () => {
  test("finds what resembles the passage at a line, without that passage", async () => {
    const report = await project.json<SimilarReport>("similar", "docs/pies.md:7");
    expect(report).toMatchObject({ path: "docs/pies.md", startLine: 5, endLine: 7 });
    expect(report.hits[0]!.path).toBe("docs/moon.md");
    expect(report.hits.some(({ path, startLine }) => path === "docs/pies.md" && startLine === 5)).toBe(false);
    // The other passage of the file may be found.
    expect(report.hits.some(({ path }) => path === "docs/pies.md")).toBe(true);
  });

  test("finds what resembles a file, in the tables of all engines, without its own passages", async () => {
    const { hits } = await project.json<SimilarReport>("similar", "docs/cakes.md", "-k", "3");
    expect(hits).toHaveLength(3);
    expect(hits.map(({ path }) => path)).not.toContain("docs/cakes.md");
    expect(hits.map(({ engine }) => engine)).toContain("code");
    expect(hits[0]!.score).toBeGreaterThan(hits[2]!.score);
  });

  test("takes a member of an archive as hits name it, and leaves out that member alone", async () => {
    const { path, hits } = await project.json<SimilarReport>("similar", "old.zip#sky.md", "-k", "9");
    expect(path).toBe("old.zip");
    expect(["docs/moon.md", "docs/pies.md"]).toContain(hits[0]!.path);
    expect(hits.map(({ uri }) => uri)).toContain("old.zip#notes/oven.md");
    expect(hits.map(({ uri }) => uri)).not.toContain("old.zip#sky.md");
  });

  test("keeps to a filter", async () => {
    const { hits } = await project.json<SimilarReport>("similar", "docs/cakes.md", "--filter", "path LIKE 'src/%'");
    expect(hits.map(({ path }) => path)).toEqual(["src/bake.py"]);
  });

  test.each([
    ["docs/none.md", "not in the project"],
    ["old.zip#none.md", "the file has no passages of none.md"],
    ["docs/cakes.md:900", "no passage stands at line 900"],
  ])("says what is wrong with %s", async (place, message) => {
    const { code, stderr } = await project.run("similar", place);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test("names the step that helps: to ingest a file that is there, or to look which ones are known", async () => {
    project.write("fresh.md", "# Fresh\n");
    expect((await project.run("similar", "fresh.md")).stderr).toContain("mdp ingest fresh.md reads it");
    expect((await project.run("similar", "docs/none.md")).stderr).toContain("mdp list shows the files");
    expect((await project.run("get", "docs")).stderr).toMatch(/this is a folder.*mdp list docs shows its files/s);
  });

  test("takes lines that go backwards for a usage error", async () => {
    expect((await project.run("similar", "docs/cakes.md:9-3")).code).toBe(2);
  });
});
