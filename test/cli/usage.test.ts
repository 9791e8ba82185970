/** The command line as it is typed: help, mistakes, and what they answer. The real entry runs each time. */
import { afterAll, describe, expect, test } from "bun:test";
import { root } from "../../src/cli/commands/index.ts";
import type { Group, LazyCommand } from "../../src/cli/definition.ts";
import { strictArgs } from "../../src/cli/strict.ts";
import { mdp, TempProject } from "../support/project.ts";

const folder = new TempProject();
afterAll(() => folder[Symbol.dispose]());
const run = (...args: string[]) => mdp(args, { cwd: folder.dir });

function everyCommand(group: Group = root, words: string[] = []): [string, LazyCommand][] {
  return Object.entries(group.subCommands).flatMap(([name, entry]): [string, LazyCommand][] =>
    typeof entry === "function" ? [[[...words, name].join(" "), entry]] : everyCommand(entry, [...words, name]),
  );
}

describe("help", () => {
  test("without a command lists every command on stdout", async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of Object.keys(root.subCommands)) expect(stdout).toContain(`\n  ${name} `);
    expect(await run("--help")).toEqual({ code: 0, stdout, stderr: "" });
    expect(await run("help")).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("of a command says its usage, flags with defaults, and examples", async () => {
    const { code, stdout } = await run("search", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: mdp search [query] [flags]");
    expect(stdout).toMatch(/-k, --k N +Number of hits\. \[10\]/);
    expect(stdout).toMatch(/--mode hybrid\|vector\|text +Which legs to run\. \[hybrid\]/);
    expect(stdout).toContain("Examples:\n");
    expect((await run("help", "search")).stdout).toBe(stdout);
    expect((await run("search", "x", "--nonsense", "-h")).stdout).toBe(stdout);
  });

  test("of a group lists its commands", async () => {
    const { code, stdout } = await run("config");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: mdp config <command>");
    expect((await run("help", "config")).stdout).toBe(stdout);
    expect((await run("config", "--help")).stdout).toBe(stdout);
    expect((await run("help", "config", "show")).stdout).toContain("Usage: mdp config show");
  });

  test.each(everyCommand())("of mdp %s has a summary and an example of itself", async (words, load) => {
    const command = await load();
    expect(load.summary).toMatch(/^[A-Z].*\.$/);
    expect(command.meta.name).toBe(words.split(" ").at(-1)!);
    expect(command.meta.description).toMatch(/^[A-Z].*\.$/);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) {
      expect(example.command).toContain(`mdp ${words}`);
      expect(() => strictArgs(`mdp ${words}`, command.args, argumentsOf(example.command, words))).not.toThrow();
    }
  });
});

/** The words that a shell would give to `mdp WORDS` in a line with quotes, pipes and redirections. */
function argumentsOf(line: string, words: string): string[] {
  const rest = line.slice(line.indexOf(`mdp ${words}`) + `mdp ${words}`.length);
  const found: string[] = [];
  for (const [text, double, single] of rest.matchAll(/"([^"]*)"|'([^']*)'|[|<>;&)]|[^\s|<>;&)"']+/g)) {
    if (/^[|<>;&)]$/.test(text)) break;
    found.push(double ?? single ?? text);
  }
  return found;
}

describe("a mistake", () => {
  const mistakes: [string[], string, string][] = [
    [["serch", "x"], 'unknown command "serch"', "did you mean mdp search?"],
    [["frobnicate"], 'unknown command "frobnicate"', "mdp has: ingest, search"],
    [["constructor"], 'unknown command "constructor"', "mdp has:"],
    [["config", "--bogus"], "unknown flag --bogus of mdp config", "mdp config --help"],
    [["config", "-q", "shwo"], 'unknown command "config shwo"', "did you mean mdp config show?"],
    [["config", "shwo"], 'unknown command "config shwo"', "did you mean mdp config show?"],
    [["help", "serch"], 'unknown command "serch"', "did you mean mdp search?"],
    [["--versoin"], "unknown flag --versoin", "did you mean --version?"],
    [["search", "x", "--explian"], "unknown flag --explian of mdp search", "did you mean --explain?"],
    [["search", "x", "--minScore", "1"], "unknown flag --minScore of mdp search", "did you mean --min-score?"],
    [["search", "x", "--frobnicate"], "unknown flag --frobnicate of mdp search", "mdp search --help"],
    [["search", "x", "-z"], "unknown flag -z of mdp search", "put -- before a text"],
    [["search", "-5"], "unknown flag -5 of mdp search", "put -- before a text"],
    [["search", "x", "--no-explain"], "unknown flag --no-explain of mdp search", "did you mean --explain?"],
    [["search"], "mdp search needs <query>", "mdp search --help"],
    [["search", "how", "do"], 'also given "do"', "quote a text of several words"],
    [["status", "x"], 'mdp status takes no argument, but was also given "x"', "--help"],
    [["search", "x", "--filter"], "--filter needs a value", "--filter=VALUE"],
    [["search", "x", "--filter", "--explain"], "but --explain is a flag", "write --filter=--explain"],
    [["search", "x", "--explain=yes"], '--explain takes no value, but was given "yes"', ""],
    [["ingest", "x", "--no-gitignore=true"], '--no-gitignore takes no value, but was given "true"', ""],
    [["search", "x", "--vector", "--text"], "--vector and --text contradict each other", "keep one"],
    [["search", "x", "--mode", "text", "--vector"], "--mode and --vector contradict each other", "keep one"],
    [["search", "x", "-k", "0"], "search.k cannot be 0: at least 1", "a whole number"],
    [["search", "x", "-k", "-3"], "search.k cannot be -3: at least 1", "a whole number"],
    [["search", "x", "-k", "many"], 'search.k must be a whole number, not "many"', "Number of hits."],
    [["search", "x", "--mode=vektor"], 'search.mode must be hybrid, vector or text, not "vektor"', 'mean "vector"?'],
    [["ingest"], "mdp ingest needs <path>", "mdp ingest --help"],
    [["ingest", "x", "--max-document-bytes", "10 apples"], "must be a size such as 500000, 10MB", "Largest single"],
    [["status", "--project", "/dev/null"], '--project "/dev/null" is not a folder', ""],
  ];

  test.each(mistakes)("%j exits 2 and says what was probably meant", async (args, message, hint) => {
    // Settings are checked when there is a project to work on.
    using project = new TempProject({ ".mdp/.gitignore": "*" });
    const { code, stdout, stderr } = await mdp(args, { cwd: project.dir });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toStartWith("error: ");
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  test("with --json is an object on stderr", async () => {
    const { code, stdout, stderr } = await run("search", "x", "--explian", "--json");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: "usage",
        message: "unknown flag --explian of mdp search",
        where: null,
        hint: "did you mean --explain?",
      },
    });
  });

  test("leaves no project behind", async () => {
    using empty = new TempProject({ "a.txt": "text" });
    expect((await empty.run("ingest", "a.txt", "--chunk-tokens", "1")).code).toBe(2);
    expect(await Array.fromAsync(new Bun.Glob("**").scan({ cwd: empty.dir, dot: true }))).toEqual(["a.txt"]);
  });
});

describe("flags", () => {
  const settingsOf = async (...args: string[]) => {
    const { stdout, stderr } = await run("config", "show", "--json", ...args);
    if (stderr !== "") throw new Error(stderr);
    const { settings } = JSON.parse(stdout) as { settings: { key: string; value: unknown; from: string }[] };
    return Object.fromEntries(settings.filter(({ from }) => from !== "default").map(({ key, value }) => [key, value]));
  };

  test("take their value behind a space or an equals sign, negative numbers too", async () => {
    expect(await settingsOf("--k=3", "--min-score", "-0.5", "--filter=--odd")).toEqual({
      "search.k": 3,
      "search.minScore": -0.5,
      "search.filter": "--odd",
    });
  });

  test("of one letter take their value in every usual way", async () => {
    for (const k of [["-k", "0"], ["-k0"], ["-k=0"], ["-qk", "0"]]) {
      using project = new TempProject({ ".mdp/.gitignore": "*" });
      // Refused before anything is searched, and the refusal names what was read.
      const { stderr } = await mdp(["search", "x", ...k], { cwd: project.dir });
      expect(stderr).toContain("search.k cannot be 0");
    }
  });

  test("that are switches can be switched off", async () => {
    expect(await settingsOf("--hidden", "--no-gitignore", "--strict=false")).toEqual({
      "ingest.hidden": true,
      "ingest.gitignore": false,
      "ingest.strict": false,
    });
  });

  test("given twice count the last time, lists collect", async () => {
    expect(await settingsOf("--k", "3", "--k", "4", "--exclude", "a", "--exclude", "b,c")).toEqual({
      "search.k": 4,
      "ingest.exclude": ["a", "b", "c"],
    });
  });

  test("understand units", async () => {
    expect(await settingsOf("--max-document-bytes", "25MB", "--read-timeout-ms", "5s")).toEqual({
      "ingest.maxDocumentBytes": 25_000_000,
      "ingest.readTimeoutMs": 5000,
    });
  });

  test("of every command may stand before it", async () => {
    using project = new TempProject({ "mdp.yaml": "" });
    const { code, stdout } = await run("--project", project.dir, "config", "--json", "check");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ok: true, file: project.path("mdp.yaml"), problems: [] });
  });

  test("of the whole program work behind a command too", async () => {
    expect((await run("search", "--version")).stdout).toStartWith("mdp ");
    expect((await run("search", "x", "--no-color")).stderr).toStartWith("error: no project here");
  });

  test("end at --: what follows is text", async () => {
    const { code, stderr } = await run("search", "--", "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("error: no project here");
  });
});

describe("without a project", () => {
  test.each([[["search", "x"]], [["status"]]])("mdp %j says how to make one", async (args) => {
    const { code, stdout, stderr } = await mdp(args, { cwd: folder.dir });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      "error: no project here: neither this folder nor one above it has .mdp/ or mdp.yaml\n" +
        `  in:   ${folder.dir}\n` +
        "  hint: mdp ingest <folder> reads a folder and makes the project\n",
    );
  });
});
