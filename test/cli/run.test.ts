/** Goal: `mdp run` does all of mdp.yaml, each step exactly when something that it depends on has changed. */
import { describe, expect, test } from "bun:test";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProjectRunReport, StepReport } from "../../src/pipelines/project-run.ts";
import { mdp, mdpCommand, TempProject } from "../support/project.ts";

const paragraph = (n: number) =>
  `Paper number ${n} tells of lighthouses and of the people who kept them. Each of its sentences has a few plain words in it. They were written by hand, and nobody has read them since.\n`;

const YAML = `steps:
  quality:
    eval: questions.jsonl
    out: made/measures.json
  docs:
    ingest: docs
  clean:
    curate: raw
    out: made/clean
    settings:
      curate: { preset: none }
  unique:
    dedup: [made/clean]
    out: made/unique
`;

const files = (yaml = YAML) => ({
  "mdp.yaml": yaml,
  "docs/a.md": "# Dogs\n\nDogs bark at night.\n",
  "docs/b.md": "# Cats\n\nCats purr when they are content.\n",
  "raw/1.txt": paragraph(1),
  "raw/2.txt": paragraph(2),
  "questions.jsonl": '{"query": "pets that purr", "relevant": ["docs/b.md"]}\n',
});

const outcomes = ({ steps }: ProjectRunReport) => Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]));
const reasons = ({ steps }: ProjectRunReport) => Object.fromEntries(steps.map((step) => [step.name, step.reasons]));
const run = (project: TempProject, ...flags: string[]) => project.json<ProjectRunReport>("run", ...flags);

/** A project whose step that curates was ended by a signal; with more documents as long as it is quicker than that. */
async function endedInCurate(signal: "SIGKILL" | "SIGINT") {
  for (let documents = 299; ; documents *= 2) {
    const project = new TempProject(files());
    for (let i = 3; i <= documents; i++) project.write(`raw/${i}.txt`, paragraph(i));
    project.write(
      "mdp.yaml",
      YAML.replace("{ preset: none }", "{ preset: none }\n      shard: { taskBytes: 1000, workers: 1 }"),
    );
    const child = Bun.spawn(mdpCommand(["run", "--only", "clean"]), {
      cwd: project.dir,
      stdout: "pipe",
      stderr: "ignore",
    });
    const begun = project.path("made/clean/staging/read/00003.json");
    while (!existsSync(begun) && child.exitCode === null) await Bun.sleep(2);
    child.kill(signal);
    const [stdout, code] = [await child.stdout.text(), await child.exited];
    if (!existsSync(project.path("made/clean/manifest.json"))) return { project, documents, stdout, code };
    project[Symbol.dispose]();
  }
}

describe("mdp run", () => {
  test("does every step once, those that others need first, and nothing the next time", async () => {
    using project = new TempProject(files());
    const first = await run(project);
    expect(first.steps.map(({ name }) => name)).toEqual(["docs", "quality", "clean", "unique"]);
    expect(outcomes(first)).toEqual({ docs: "done", quality: "done", clean: "done", unique: "done" });
    expect(first.exitCode).toBe(0);
    for (const path of ["made/unique/manifest.json", "made/measures.json"])
      expect(existsSync(project.path(path))).toBe(true);
    const again = await run(project);
    expect(new Set(Object.values(outcomes(again)))).toEqual(new Set(["up-to-date"]));
    expect(Object.values(reasons(again)).flat()).toEqual([]);
  });

  test("does what a change touches, and says why", async () => {
    using project = new TempProject(files());
    await run(project);

    appendFileSync(project.path("docs/a.md"), "And they bark at the moon.\n");
    project.write("docs/c.md", "# Birds\n\nBirds sing.\n");
    const docs = await run(project);
    expect(reasons(docs)).toEqual({
      docs: ["1 new input", "1 changed input"],
      quality: ["changed: tables"],
      clean: [],
      unique: [],
    });

    project.write("raw/2.txt", paragraph(2).replace("hand", "foot"));
    rmSync(project.path("docs/c.md"));
    expect(reasons(await run(project))).toMatchObject({
      docs: ["1 removed input"],
      clean: ["1 changed input"],
      unique: ["1 changed input"],
    });

    project.write("mdp.yaml", YAML.replace("preset: none", "preset: none, minWords: 3"));
    expect(reasons(await run(project))).toMatchObject({
      docs: [],
      quality: [],
      clean: ["the setting curate.minWords: 10 → 3"],
    });

    rmSync(project.path("made/unique"), { recursive: true });
    project.write("questions.jsonl", '{"query": "animals that purr", "relevant": ["docs/b.md"]}\n');
    expect(reasons(await run(project))).toEqual({
      docs: [],
      quality: ["changed: questions"],
      clean: [],
      unique: ["its output does not exist yet"],
    });
  });

  test("takes a file that was only touched, and a step that gave the same again, for unchanged", async () => {
    using project = new TempProject(files());
    await run(project);
    for (const path of Object.keys(files())) utimesSync(project.path(path), 1e9, 1e9);
    expect(Object.values(reasons(await run(project))).flat()).toEqual([]);
    // Curated anew, with what comes out as it was: what follows has nothing to do.
    const forced = await run(project, "--only", "clean", "--force");
    expect(outcomes(forced)).toEqual({ clean: "done" });
    expect(outcomes(await run(project))).toMatchObject({ unique: "up-to-date" });
  });

  test("with --dry-run tells what would be done, and leaves no trace", async () => {
    using project = new TempProject(files());
    const plan = await run(project, "--dry-run");
    expect(reasons(plan)).toEqual({
      docs: ["the project is new"],
      quality: ["after docs"],
      clean: ["its output does not exist yet"],
      unique: ["after clean"],
    });
    expect(existsSync(project.path(".mdp"))).toBe(false);
    expect(existsSync(project.path("made"))).toBe(false);
    const text = await project.run("run", "--dry-run");
    expect(text.stdout).toContain(
      "clean    curate raw → made/clean                    to do: its output does not exist yet",
    );
    expect(text.stdout).toEndWith("4 steps to do, 0 up to date; nothing was done\n");
  });

  test("does one step with --only, and that and those after it with --from", async () => {
    using project = new TempProject(files());
    expect(outcomes(await run(project, "--only", "clean"))).toEqual({ clean: "done" });
    expect(outcomes(await run(project, "--from", "clean"))).toEqual({ clean: "up-to-date", unique: "done" });
    expect(outcomes(await run(project))).toMatchObject({ docs: "done", clean: "up-to-date", unique: "up-to-date" });
    const wrong = await project.run("run", "--only", "claen");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "clean"?') });
  });

  test("stops at a step that fails, with its exit code, and goes on there", async () => {
    using project = new TempProject(files(YAML.replace("curate: raw", "curate: nothing-there")));
    const failed = await project.run("run", "--json");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("nothing-there");
    expect(outcomes(JSON.parse(failed.stdout))).toEqual({
      docs: "done",
      quality: "done",
      clean: "failed",
      unique: "not-reached",
    });
    project.write("mdp.yaml", YAML);
    expect(outcomes(await run(project))).toEqual({
      docs: "up-to-date",
      quality: "up-to-date",
      clean: "done",
      unique: "done",
    });
  });

  test("goes on after records that were refused, and exits 1", async () => {
    using project = new TempProject({ ...files(), "docs/broken.pdf": "%PDF-1.4 broken" });
    const report = await run(project);
    expect(report.exitCode).toBe(1);
    expect(outcomes(report)).toMatchObject({ docs: "done", unique: "done" });
    expect((await run(project)).exitCode).toBe(0);
  });

  test.each([
    ["SIGKILL", 137, ""],
    ["SIGINT", 130, "interrupted"],
  ] as const)("goes on after %s in the middle of a step", async (signal, exitCode, told) => {
    const cut = await endedInCurate(signal);
    using project = cut.project;
    expect(cut).toMatchObject({ code: exitCode, stdout: expect.stringContaining(told) });
    const after = await run(project, "--only", "clean");
    expect(reasons(after)).toEqual({ clean: ["it was interrupted"] });
    const report = after.steps[0]?.report as { documents: number };
    expect(report.documents).toBe(cut.documents);
  });

  test("writes the same manifest in another place and at another time", async () => {
    using project = new TempProject(files());
    await run(project);
    const copy = mkdtempSync(join(tmpdir(), "mdp-run-"));
    try {
      for (const name of ["docs", "raw", "mdp.yaml", "questions.jsonl"]) {
        cpSync(project.path(name), join(copy, name), { recursive: true });
      }
      expect((await mdp(["run"], { cwd: copy })).code).toBe(0);
      const manifest = (dir: string) => readFileSync(join(dir, ".mdp/run/manifest.json"), "utf8");
      expect(manifest(copy)).toBe(manifest(project.dir));
      expect(Object.keys(JSON.parse(manifest(copy)).steps)).toEqual(["docs", "quality", "clean", "unique"]);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe("without steps", () => {
  test("it ingests the project, and asks the questions that are named", async () => {
    using project = new TempProject(files("run:\n  questions: questions.jsonl\n"));
    const report = await run(project);
    const shown = (step: StepReport) => `${step.name}: ${step.verb} ${step.inputs.join(" ")}`;
    expect(report.steps.map(shown)).toEqual(["ingest: ingest .", "eval: eval questions.jsonl"]);
  });

  test("it ingests what was ingested before, unless inputs are named", async () => {
    using project = new TempProject(files("search:\n  k: 5\n"));
    await project.run("ingest", "docs");
    const [step] = (await run(project)).steps;
    expect(step).toMatchObject({ inputs: ["docs"], reasons: ["it is new"] });
    project.write("mdp.yaml", "run:\n  inputs: [docs, raw]\n");
    expect((await run(project)).steps[0]).toMatchObject({ inputs: ["docs", "raw"], outcome: "done" });
  });
});

test("commands that are not trusted stop a run before anything is done", async () => {
  const yaml = `${YAML}formats:\n  ticket:\n    command: ["cat"]\n    extensions: [tkt]\n`;
  using project = new TempProject(files(yaml));
  const state = { XDG_STATE_HOME: project.path("state") };
  const refused = await mdp(["run"], { cwd: project.dir, env: state });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("mdp trust");
  expect(existsSync(project.path("made"))).toBe(false);
  await mdp(["trust"], { cwd: project.dir, env: state });
  expect((await mdp(["run"], { cwd: project.dir, env: state })).code).toBe(0);
});
