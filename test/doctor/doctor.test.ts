/** `mdp doctor` tries everything for real, and says what to do about what fails. */
import { describe, expect, test } from "bun:test";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checks } from "../../src/doctor/index.ts";
import type { DoctorReport } from "../../src/pipelines/doctor.ts";
import { mdp, TempProject } from "../support/project.ts";

async function doctor(env: Record<string, string> = {}, files: Record<string, string> = {}) {
  using folder = new TempProject(files);
  const run = await mdp(["doctor", "--json"], { cwd: folder.dir, env });
  const report = JSON.parse(run.stdout) as DoctorReport;
  const check = (name: string) => report.checks.find((candidate) => candidate.name === name)!;
  return { code: run.code, report, check };
}

describe("mdp doctor", () => {
  test("finds everything working here", async () => {
    const { code, report, check } = await doctor();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect({ code, ok: report.ok }).toEqual({ code: 0, ok: true });
    expect(report.checks.map(({ name }) => name)).toEqual([...checks.names]);
    expect(check("library").detail).toMatch(/^MLX 0\.32\.2 through mlx-c 0\.7\.0, from .+libmlxc/);
    expect(check("model").detail).toStartWith("all-MiniLM-L6-v2 (bert, 384 dimensions, up to 256 tokens)");
    expect(check("device").detail).toMatch(/^(cpu|gpu)/);
    expect(check("store").detail).toContain("written and found again");
    expect(check("environment").detail).toContain("LANCE_FTS_FORMAT_VERSION=2");
    for (const { detail } of report.checks) expect(detail).not.toBe("");
  });

  test.if(process.platform === "linux" && process.arch === "x64")(
    "tells which kernels OpenBLAS multiplies with",
    async () => {
      const { check } = await doctor({ OPENBLAS_CORETYPE: "Nehalem" });
      expect(check("blas").detail).toContain("(kernels: Nehalem)");
      expect(check("environment").detail).toContain("OPENBLAS_CORETYPE=Nehalem");
    },
  );

  test("names the library that cannot be used, and still runs what needs none", async () => {
    const { code, report, check } = await doctor({ MDP_MLXC: "/nowhere/at/all" });
    expect({ code, ok: report.ok }).toEqual({ code: 1, ok: false });
    expect(check("library")).toMatchObject({ ok: false });
    expect(check("library").detail).toContain("/nowhere/at/all");
    expect(check("library").hint).toContain("MDP_MLXC");
    expect(check("store").ok).toBe(true);
  });

  test("names the model that is not there", async () => {
    const { code, check } = await doctor({ MDP_EMBED_MODEL: "no-such-model" });
    expect(code).toBe(1);
    expect(check("model")).toMatchObject({ ok: false });
    expect(check("model").detail).toContain("no-such-model");
    expect(check("model").hint).toBeString();
  });

  test("names a wrong configuration and goes on with the defaults", async () => {
    const { code, check } = await doctor({}, { "mdp.yaml": "search:\n  modle: text\n" });
    expect(code).toBe(1);
    expect(check("config")).toMatchObject({ ok: false, hint: "run: mdp config check" });
    expect(check("config").detail).toContain("search.modle");
    expect(check("model").ok).toBe(true);
  });

  test("tells that a project was made by another model", async () => {
    using models = new TempProject();
    const { stdout } = await mdp(["model", "path", "all-MiniLM-L6-v2"]);
    cpSync(stdout.trimEnd(), models.path("short"), { recursive: true });
    models.write("short/sentence_bert_config.json", '{"max_seq_length": 128}');
    using project = new TempProject({ "a.md": "A text.\n" });
    await project.run("ingest", "a.md");
    const env = { MDP_MODELS: models.dir, MDP_EMBED_MODEL: "short" };
    const run = await mdp(["doctor", "--json"], { cwd: project.dir, env });
    const { checks: found } = JSON.parse(run.stdout) as DoctorReport;
    expect(found.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["store"]);
    expect(found.find(({ name }) => name === "store")?.hint).toContain("all-MiniLM-L6-v2");
  });

  test("raises a number of threads with which an index is never finished", async () => {
    const { check } = await doctor({ LANCE_CPU_THREADS: "1" });
    expect(check("environment").ok).toBe(true);
    expect(check("environment").detail).not.toContain("LANCE_CPU_THREADS=1 ");
  });
});

test("every check is registered under its file's name", () => {
  const dir = join(import.meta.dir, "../../src/doctor");
  const files = readdirSync(dir).filter((file) => file.endsWith(".ts") && !["check.ts", "index.ts"].includes(file));
  expect(files.map((file) => file.slice(0, -3)).sort()).toEqual([...checks.names].sort());
});
