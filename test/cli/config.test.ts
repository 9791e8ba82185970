/** `mdp config` and `mdp version` through the real entry. */
import { describe, expect, test } from "bun:test";
import { mdp, TempProject } from "../support/project.ts";

const MISTAKES = "search:\n  modle: text\n  k: 0\n";

describe("mdp config show", () => {
  test("says where each value comes from", async () => {
    using project = new TempProject({ "mdp.yaml": "search:\n  alpha: 0.25\n" });
    const { code, stdout } = await mdp(["config", "show", "--k", "3", "--env"], {
      cwd: project.dir,
      env: { MDP_SEARCH_FUSION: "convex" },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^search\.k +3 +--k +MDP_SEARCH_K$/m);
    expect(stdout).toMatch(/^search\.fusion +convex +MDP_SEARCH_FUSION +/m);
    expect(stdout).toMatch(/^search\.alpha +0\.25 +mdp\.yaml:2 +/m);
    expect(stdout).toMatch(/^search\.mode +hybrid +default +/m);
  });

  test("refuses a wrong configuration", async () => {
    using project = new TempProject({ "mdp.yaml": MISTAKES });
    const { code, stdout, stderr } = await project.run("config", "show");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("search.modle");
    expect(stderr).toContain("search.k cannot be 0");
  });
});

describe("mdp config check", () => {
  test("names every problem with its line, and exits 2", async () => {
    using project = new TempProject({ "mdp.yaml": MISTAKES });
    const { code, stdout, stderr } = await project.run("config", "check");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(
      'error: unknown key "search.modle"\n  in:   mdp.yaml:2\n  hint: did you mean "search.mode"?\n',
    );
    expect(stderr).toContain("error: search.k cannot be 0: at least 1\n  in:   mdp.yaml:3\n");
    const json = await project.run("config", "check", "--json");
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      problems: [{ where: "mdp.yaml:3" }, { where: "mdp.yaml:2" }],
    });
  });

  test("is content with a good file, and with none", async () => {
    using project = new TempProject({ "mdp.yaml": "search:\n  k: 5\n" });
    expect(await project.run("config", "check")).toEqual({
      code: 0,
      stdout: `${project.path("mdp.yaml")} is good\n`,
      stderr: "",
    });
    using empty = new TempProject();
    expect((await empty.run("config", "check")).stdout).toBe("no mdp.yaml here; the defaults hold\n");
  });
});

test("mdp config schema prints JSON Schema", async () => {
  using project = new TempProject();
  const { code, stdout } = await project.run("config", "schema");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    type: "object",
    properties: { ingest: { properties: { chunkTokens: { type: "integer", minimum: 16, default: 200 } } } },
  });
});

test("a wrong mdp.yaml stops a command before it does anything", async () => {
  using project = new TempProject({ "mdp.yaml": MISTAKES, "a.txt": "text" });
  const { code, stderr } = await project.run("ingest", "a.txt");
  expect(code).toBe(2);
  expect(stderr).toContain("mdp.yaml:");
  expect(await Bun.file(project.path(".mdp/state.db")).exists()).toBe(false);
});

describe("mdp version", () => {
  test("names mdp, Bun, mlx-c, MLX and the platform", async () => {
    using project = new TempProject();
    const version = await project.json("version");
    expect(version).toEqual({
      mdp: expect.stringMatching(/^\d+\.\d+\.\d+/),
      bun: Bun.version,
      mlxC: "0.7.0",
      mlx: "0.32.2",
      platform: `${process.platform}-${process.arch}`,
    });
    expect(JSON.parse((await project.run("--version", "--json")).stdout)).toEqual(version);
    expect((await project.run("--version")).stdout).toStartWith("mdp ");
  });
});
