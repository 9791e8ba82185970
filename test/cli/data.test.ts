/** `mdp data` on real outputs: what it says is what is there. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { MODEL_DIR } from "../support/peers.ts";
import { TempProject } from "../support/project.ts";
import { trainingCorpus } from "../support/training-corpus.ts";

// Each test starts several processes.
setDefaultTimeout(300_000);

const corpus = trainingCorpus(120);
const SHARD = ["shard", "raw", "--out", "out", "--pack", "--seq-len", "128", "--tokenizer", MODEL_DIR];
let project: TempProject;

beforeAll(async () => {
  project = new TempProject(corpus.files);
  expect((await project.run(...SHARD)).code).toBe(0);
  expect((await project.run("curate", "raw", "--out", "clean")).code).toBe(0);
});
afterAll(() => project[Symbol.dispose]());

describe("mdp data", () => {
  test("stats draws outcomes, reasons and lengths, in the terminal, as SVG and as HTML", async () => {
    const report = await project.json<{ documents: number; dropped: number }>("data", "stats", "out");
    expect(report.documents).toBe(corpus.documents);
    const run = await project.run("data", "stats", "out", "--out", "stats.html");
    expect(run.stdout).toContain("length: too-short");
    expect(run.stdout).toContain("█");
    const html = readFileSync(project.path("stats.html"), "utf8");
    expect(html).toContain("<svg");
    expect(html).toContain("length: too-short");
    expect((await project.run("data", "stats", "out", "--out", "stats.svg")).code).toBe(0);
    expect(readFileSync(project.path("stats.svg"), "utf8")).toMatch(/^<svg.*<\/svg>\n$/s);
    expect((await project.run("data", "stats", "out", "--out", "stats.pdf")).code).toBe(2);
  });

  test("sample shows documents of the output, others for another seed, the same for the same", async () => {
    const draw = async (...more: string[]) =>
      (await project.run("data", "sample", "clean", "-n", "4", "--json", ...more)).stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { id: string; text: string });
    const first = await draw();
    expect(new Set(first.map(({ id }) => id)).size).toBe(4);
    expect(await draw()).toEqual(first);
    expect(await draw("--seed", "1")).not.toEqual(first);
    const all = readFileSync(project.path("clean/part_00000.jsonl"), "utf8");
    for (const { text } of first) expect(all).toContain(JSON.stringify(text));
  });

  test("sample decodes rows of shards into the texts of their documents", async () => {
    const run = await project.run("data", "sample", "out", "-n", "2", "--json");
    const rows = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { tokens: number; texts: string[] });
    expect(rows).toHaveLength(2);
    const known = Object.values(corpus.files).join(" ").toLowerCase();
    for (const { tokens, texts } of rows) {
      expect(tokens).toBeGreaterThan(0);
      expect(tokens).toBeLessThanOrEqual(128);
      expect(known).toContain(texts[0]!.split(" ").slice(1, 6).join(" "));
    }
  });

  test("diff tells inputs, settings and counts apart", async () => {
    const same = await project.json<{ same: boolean }>("data", "diff", "out", "out");
    expect(same.same).toBe(true);
    using other = new TempProject({ ...corpus.files, "raw/notes/more.txt": "x" });
    writeFileSync(other.path("raw/notes/note0.txt"), `${corpus.files["raw/notes/note0.txt"]}More.\n`);
    expect((await other.run("curate", "raw", "--out", "clean", "--min-words", "12")).code).toBe(0);
    const diff = await project.json<Record<string, Record<string, unknown>>>(
      "data",
      "diff",
      "clean",
      other.path("clean"),
    );
    expect(diff.inputs).toMatchObject({ added: ["raw/notes/more.txt"], removed: [], changed: ["raw/notes/note0.txt"] });
    expect(diff.settings).toEqual({ "curate.minWords": [10, 12] });
    expect(diff.counts!.documents).toEqual([corpus.documents, corpus.documents + 1]);
  });

  test("log and tag name the runs that filled a folder", async () => {
    expect((await project.run("data", "tag", "clean", "v1")).code).toBe(0);
    expect((await project.run("curate", "raw", "--out", "clean", "--min-words", "11", "--overwrite")).code).toBe(0);
    const runs = await project.json<{ tags: string[]; current: boolean; kept: number }[]>("data", "log", "clean");
    expect(runs.map(({ tags, current }) => ({ tags, current }))).toEqual([
      { tags: [], current: true },
      { tags: ["v1"], current: false },
    ]);
    const taken = await project.run("data", "tag", "clean", "v1");
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("--force")]);
    expect((await project.run("data", "tag", "clean", "v1", "--force")).code).toBe(0);
    expect((await project.run("data", "tag", "clean", "a/b")).code).toBe(2);
  });

  test("verify finds one changed byte, and changed inputs when asked", async () => {
    using copy = new TempProject(corpus.files);
    expect((await copy.run("curate", "raw", "--out", "clean")).code).toBe(0);
    expect(await copy.json("data", "verify", "clean", "--inputs")).toMatchObject({ problems: [] });
    const part = readFileSync(copy.path("clean/part_00000.jsonl"));
    part[100]! ^= 1;
    writeFileSync(copy.path("clean/part_00000.jsonl"), part);
    writeFileSync(copy.path("raw/notes/note1.txt"), "changed");
    const run = await copy.run("data", "verify", "clean", "--inputs", "--json");
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stdout).problems).toEqual([
      { path: "part_00000.jsonl", problem: "its SHA-256 is not that of the manifest" },
      { path: copy.path("raw/notes/note1.txt"), problem: "the input has changed" },
    ]);
  });

  test("a folder without an output is an error with the next step", async () => {
    const run = await project.run("data", "stats", "raw");
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("--out")]);
  });
});
