import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import { mdp, TempProject } from "../support/project.ts";

const FILES = {
  "docs/bread.md": "# Bread\n\nFlour, water and salt, baked for forty minutes.\n\n## Crust\n\nSteam makes it crisp.\n",
  "docs/boat.md": "# Boat\n\nA hull of oak carries the mast.\n",
};

const chunksOf = async (project: TempProject, ...args: string[]) =>
  (await project.json<IngestReport>("ingest", "docs", ...args)).chunks;

describe("the cache of vectors", () => {
  test("spares the model a copied file, a file that came back and a project that was made anew", async () => {
    using project = new TempProject(FILES);
    const first = await chunksOf(project);
    expect(first).toEqual({ embedded: first.total, cached: 0, kept: 0, removed: 0, total: first.total });

    cpSync(project.path("docs/bread.md"), project.path("docs/loaf.md"));
    const copied = await chunksOf(project);
    expect(copied).toMatchObject({ embedded: 0, kept: first.total });
    expect(copied.cached).toBe(copied.total - first.total);
    expect(copied.cached).toBeGreaterThan(0);

    rmSync(project.path(".mdp"), { recursive: true });
    expect(await chunksOf(project)).toMatchObject({ embedded: 0, cached: copied.total, kept: 0 });
  });

  test("spares the model a second project, also by a renamed file, and finds there what the first finds", async () => {
    using one = new TempProject(FILES);
    using two = new TempProject(FILES);
    const first = await chunksOf(one);
    renameSync(two.path("docs/boat.md"), two.path("docs/ship.md"));
    const env = { MDP_VECTORS: one.vectors };
    const run = await mdp(["ingest", "docs", "--json"], { cwd: two.dir, env });
    const report = JSON.parse(run.stdout) as IngestReport;
    expect(report.chunks).toMatchObject({ embedded: 0, cached: first.total, total: first.total });
    expect(report.tokens).toBe(0);
    expect(report.engines.documents).toMatchObject({ embedded: 0, cached: first.total });
    const search = (project: TempProject) =>
      project.json<{ hits: { text: string; score: number }[] }>("search", "crisp crust", "--mode", "vector");
    const [a, b] = [await search(one), await search(two)];
    expect(b.hits.map(({ text, score }) => [text, score])).toEqual(a.hits.map(({ text, score }) => [text, score]));
  });

  test("has nothing for another model, nor for another kind of weights", async () => {
    using project = new TempProject(FILES);
    using other = new TempProject(FILES);
    await chunksOf(project);
    const run = async (...args: string[]) => {
      rmSync(other.path(".mdp"), { recursive: true, force: true });
      const { stdout } = await mdp(["ingest", "docs", "--json", ...args], {
        cwd: other.dir,
        env: { MDP_VECTORS: project.vectors },
      });
      return (JSON.parse(stdout) as IngestReport).chunks;
    };
    expect(await run("--dtype", "float16")).toMatchObject({ cached: 0 });
    expect(await run("--dim", "64")).toMatchObject({ cached: 0 });
    expect(await run("--dtype", "float16")).toMatchObject({ embedded: 0 });
    expect(await run()).toMatchObject({ embedded: 0 });
  });

  test("spares even the loading of MLX where it has everything", async () => {
    using project = new TempProject(FILES);
    const withoutMlx = (...args: string[]) =>
      mdp(["ingest", "docs", "--json", ...args], {
        cwd: project.dir,
        env: { MDP_VECTORS: project.vectors, MDP_MLXC: project.path("nothing.so") },
      });
    const first = await chunksOf(project);
    rmSync(project.path(".mdp"), { recursive: true });
    const second = JSON.parse((await withoutMlx()).stdout) as IngestReport;
    expect(second.chunks).toMatchObject({ embedded: 0, cached: first.total });
    rmSync(project.path(".mdp"), { recursive: true });
    expect((await withoutMlx("--vector-cache-bytes", "0")).code).toBe(1);
  });

  test("is neither read nor made when its size is 0", async () => {
    using project = new TempProject(FILES);
    const first = await chunksOf(project, "--vector-cache-bytes", "0");
    expect(existsSync(project.vectors)).toBe(false);
    rmSync(project.path(".mdp"), { recursive: true });
    expect(await chunksOf(project, "--vector-cache-bytes", "0")).toMatchObject({ embedded: first.total, cached: 0 });
  });

  test("that is damaged costs a warning and nothing else", async () => {
    using project = new TempProject(FILES);
    const first = await chunksOf(project);
    writeFileSync(join(project.vectors, "vectors.db"), "no database at all, whatever its name says it is");
    rmSync(project.path(".mdp"), { recursive: true });
    const run = await project.run("ingest", "docs", "--json");
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("the vector cache was damaged and is begun anew");
    expect((JSON.parse(run.stdout) as IngestReport).chunks).toMatchObject({ embedded: first.total, cached: 0 });
    rmSync(project.path(".mdp"), { recursive: true });
    expect(await chunksOf(project)).toMatchObject({ embedded: 0, cached: first.total });
  });

  test("gives mdp embed the bytes of the run before", async () => {
    using project = new TempProject({ "texts.txt": "bread\nboats\nsalt\n" });
    const embed = (out: string) =>
      project.json<{ cached: number; rows: number }>("embed", "texts.txt", "--out", project.path(out));
    expect(await embed("one.npy")).toMatchObject({ rows: 3, cached: 0 });
    expect(await embed("two.npy")).toMatchObject({ rows: 3, cached: 3 });
    const [one, two] = await Promise.all(["one.npy", "two.npy"].map((name) => Bun.file(project.path(name)).bytes()));
    expect(two).toEqual(one!);
  });
});
