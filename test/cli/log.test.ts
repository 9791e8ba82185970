/** Goal: what a command does can be read afterwards, and stdout is the same whatever is logged. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { withoutSecrets } from "../../src/cli/command-log.ts";
import { TempProject } from "../support/project.ts";

interface Line {
  time: string;
  level: string;
  run: string | null;
  command: string | null;
  message: string;
  [field: string]: unknown;
}

const parse = (text: string): Line[] =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const logOf = (project: TempProject) => parse(readFileSync(project.path(".mdp/logs/mdp.jsonl"), "utf8"));

const FILES = { "docs/a.md": "# A\n\nSome text.\n", "docs/b.pdf": "%PDF-1.4 broken" };

describe("the log of a project", () => {
  test("has a run's start, each reject and its end under the run's name, that of the report", async () => {
    using project = new TempProject(FILES);
    const report = await project.json<{ run: string }>("ingest", "docs");
    const lines = logOf(project);
    expect(lines.map(({ message, level }) => `${level} ${message}`)).toEqual(["info start", "warn reject", "info end"]);
    for (const { run, command, time } of lines) {
      expect([run, command]).toEqual([report.run, "ingest"]);
      expect(Number.isNaN(Date.parse(time))).toBe(false);
    }
    expect(lines[0]).toMatchObject({
      argv: ["ingest", "docs", "--json"],
      settings: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(lines[1]).toMatchObject({ path: "docs/b.pdf", code: "pdf-damaged" });
    expect(lines[2]).toMatchObject({ added: 1, failed: 1, exitCode: 1, ms: expect.any(Number) });
  });

  test("has another hash of settings for other settings only", async () => {
    using project = new TempProject(FILES);
    for (const flags of [[], ["--json"], ["--chunk-tokens", "100"]]) await project.run("ingest", "docs", ...flags);
    const [first, second, third] = logOf(project).filter(({ message }) => message === "start");
    expect(second?.settings).toBe(first?.settings);
    expect(third?.settings).not.toBe(first?.settings);
  });

  test("has errors with their code, and their stack where debug is asked for", async () => {
    using project = new TempProject({ "data/a.md": "text" });
    mkdirSync(project.path(".mdp"));
    await project.run("curate", "gone", "--out", "out", "--log-level", "debug");
    await project.run("curate", "gone", "--out", "out");
    const lines = logOf(project).filter(({ message }) => message !== "start");
    expect(lines.map(({ level }) => level)).toEqual(["error", "debug", "info", "error", "info"]);
    expect(lines[0]).toMatchObject({ code: "not-found", message: 'there is no file or folder "gone"' });
    expect(lines[1]?.stack).toContain("MdpError: there is no file");
    expect(lines[2]).toMatchObject({ message: "end", exitCode: 1 });
  });

  test("is not begun by commands that change nothing, nor where there is no project", async () => {
    using project = new TempProject({ "data/a.md": "text" });
    await project.run("curate", "data", "--out", "out");
    expect(existsSync(project.path(".mdp"))).toBe(false);
    mkdirSync(project.path(".mdp"));
    await project.run("status");
    expect(existsSync(project.path(".mdp/logs"))).toBe(false);
  });

  test("is given up with one warning where it cannot be written", async () => {
    using project = new TempProject(FILES);
    mkdirSync(project.path(".mdp"));
    writeFileSync(project.path(".mdp/logs"), "a file where the folder should be");
    const run = await project.run("ingest", "docs/a.md");
    expect(run.code).toBe(0);
    expect(run.stderr.match(/this run is not logged/g)).toHaveLength(1);
    expect(run.stderr.split("\n").filter(Boolean)).toHaveLength(1);
  });
});

describe("stderr", () => {
  test("with --log-format json is JSON lines only, and stdout is what it is without", async () => {
    using project = new TempProject(FILES);
    await project.run("ingest", "docs/a.md");
    const plain = await project.run("ingest", "docs", "--json");
    const logged = await project.run("ingest", "docs", "--json", "--log-format", "json");
    expect(Object.keys(JSON.parse(logged.stdout))).toEqual(Object.keys(JSON.parse(plain.stdout)));
    expect(parse(logged.stderr).map(({ message }) => message)).toEqual(["start", "end"]);
    const wrong = await project.run("search", "x", "-k", "none", "--log-format=json");
    expect(wrong.code).toBe(2);
    expect(parse(wrong.stderr)).toMatchObject([{ level: "error", command: "search", code: "usage", where: "--k" }]);
    const early = await project.run("--log-format", "json", "serch", "x");
    expect(parse(early.stderr)).toMatchObject([{ level: "error", hint: "did you mean mdp search?" }]);
  });

  test("has the levels that are asked for", async () => {
    using project = new TempProject(FILES);
    const at = async (...flags: string[]) => (await project.run("ingest", "docs", ...flags)).stderr;
    expect(await at("--log-level", "error")).toBe("");
    project.write("docs/c.pdf", "%PDF-1.4 broken");
    const warned = await at("--log-level", "warn");
    expect(warned).toContain("warn: reject path=docs/c.pdf code=pdf-damaged");
    expect(warned).not.toContain("info:");
    expect(await at("--log-level", "info")).toStartWith("info: start mdp=");
    expect(await at()).not.toContain("info:");
  });

  test("says which forms and levels there are", async () => {
    using project = new TempProject(FILES);
    for (const flags of [
      ["--log-format", "xml"],
      ["--log-level", "loud"],
    ]) {
      const run = await project.run("ingest", "docs", ...flags);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(`${flags.join(" ")} is not known`);
    }
    expect(existsSync(project.path(".mdp"))).toBe(false);
  });
});

test("secrets are in no log", () => {
  const argv = [
    "model",
    "get",
    "--token",
    "abc",
    "--hub-token=abc",
    "--tokenizer",
    "t.json",
    "--url",
    "https://me:pw@host/x?api_key=abc&k=5",
    "hf_abcdefghijklmnopqrstuv",
    "password: abc",
  ];
  expect(withoutSecrets(argv)).toEqual([
    "model",
    "get",
    "--token",
    "***",
    "--hub-token=***",
    "--tokenizer",
    "t.json",
    "--url",
    "https://***@host/x?api_key=***&k=5",
    "***",
    "password: ***",
  ]);
});
