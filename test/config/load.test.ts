/** Settings come from their layers in order, and every problem of every layer is named with its place. */
import { describe, expect, test } from "bun:test";
import { checkSettings, type Layer, loadSettings } from "../../src/config/load.ts";
import { ConfigError } from "../../src/config/problems.ts";
import { TempProject } from "../support/project.ts";

const given = (values: Record<string, unknown>): Layer =>
  new Map(Object.entries(values).map(([path, value]) => [path, { value, from: `--${path.split(".")[1]}` }]));

async function problemsOf(yaml: string, env: Record<string, string> = {}) {
  using project = new TempProject({ "mdp.yaml": yaml });
  const { problems } = await checkSettings({ projectDir: project.dir, env });
  return problems.map(({ message, where, hint }) => `${where}: ${message} | ${hint ?? ""}`);
}

describe("the layers", () => {
  test("flags win over variables, variables over the file, the file over the defaults", async () => {
    using project = new TempProject({
      "mdp.yaml": "search:\n  k: 1\n  alpha: 0.1\n  fusion: convex\n",
    });
    const { settings, origins } = await loadSettings({
      projectDir: project.dir,
      env: { MDP_SEARCH_K: "2", MDP_SEARCH_ALPHA: "0.2" },
      flags: given({ "search.k": 3 }),
    });
    expect(settings.search).toMatchObject({ k: 3, alpha: 0.2, fusion: "convex", mode: "hybrid" });
    expect(Object.fromEntries(origins)).toEqual({
      "search.k": "--k",
      "search.alpha": "MDP_SEARCH_ALPHA",
      "search.fusion": "mdp.yaml:4",
    });
  });

  test("a project without a file has the defaults", async () => {
    using project = new TempProject();
    const { settings, file } = await loadSettings({ projectDir: project.dir, env: {} });
    expect(file).toBeNull();
    expect(settings.ingest.maxDocumentBytes).toBe(10_000_000);
  });

  test("an empty variable is as good as none, and one of another program is left alone", async () => {
    const env = { MDP_SEARCH_K: "", MDP_MLXC: "/x", MDP_PYTHON: "/y", HOME: "/z" };
    const { settings } = await loadSettings({ projectDir: null, env });
    expect(settings.search.k).toBe(10);
  });

  test("sizes and times of the file may have units", async () => {
    using project = new TempProject({ "mdp.yaml": "ingest:\n  maxDocumentBytes: 5MB\n  readTimeoutMs: 10s\n" });
    const { settings } = await loadSettings({ projectDir: project.dir, env: {} });
    expect(settings.ingest).toMatchObject({ maxDocumentBytes: 5_000_000, readTimeoutMs: 10_000 });
  });

  test("paths of the file are meant from the file's folder, those of flags from the current one", async () => {
    using project = new TempProject({
      "mdp.yaml": "shard:\n  tokenizer: tok/tokenizer.json\ncurate:\n  decontaminate: [bench.jsonl, /abs.jsonl]\n",
    });
    const { settings } = await loadSettings({
      projectDir: project.dir,
      env: {},
      flags: given({ "curate.badWords": "w" }),
    });
    expect(settings.shard.tokenizer).toBe(project.path("tok/tokenizer.json"));
    expect(settings.curate.decontaminate).toEqual([project.path("bench.jsonl"), "/abs.jsonl"]);
    expect(settings.curate.badWords).toBe("w");
  });

  test("a relative model folder of the file is meant from the file's folder", async () => {
    using project = new TempProject({ "mdp.yaml": "embed:\n  model: ./models/mine\n" });
    const { settings } = await loadSettings({ projectDir: project.dir, env: {} });
    expect(settings.embed.model).toBe(project.path("models/mine"));
  });

  test.each(["", "# nothing\n", "search:\n", "---\n"])("the file %j changes nothing", async (yaml) => {
    expect(await problemsOf(yaml)).toEqual([]);
  });
});

describe("the problems", () => {
  test.each([
    ["search:\n  modle: text\n", 'mdp.yaml:2: unknown key "search.modle" | did you mean "search.mode"?'],
    ["serach:\n  k: 3\n", 'mdp.yaml:1: unknown section "serach" | did you mean "search"?'],
    [
      "search:\n  k: 3\n  chunkTokens: 50\n",
      'mdp.yaml:3: unknown key "search.chunkTokens" | did you mean "ingest.chunkTokens"?',
    ],
    [
      "search:\n  mode: vektor\n",
      'mdp.yaml:2: search.mode must be hybrid, vector or text, not "vektor" | did you mean "vector"?',
    ],
    [
      "dedup:\n  method: [exact, minhsh]\n",
      'mdp.yaml:2: dedup.method must be a list of exact, minhash, simhash, sentences, substring or semantic, not "minhsh" | did you mean "minhash"?',
    ],
    ["search:\n  k: many\n", 'mdp.yaml:2: search.k must be a whole number, not "many" | Number of hits.'],
    ["search:\n  k: 0\n", "mdp.yaml:2: search.k cannot be 0: at least 1 | it takes a whole number"],
    ["search:\n  k: 2.5\n", "mdp.yaml:2: search.k cannot be 2.5 | it takes a whole number"],
    [
      "ingest:\n  hidden: yes\n",
      'mdp.yaml:2: ingest.hidden must be true or false, not "yes" | Read hidden files and folders too.',
    ],
    ["search: 5\n", "mdp.yaml:1: search must be a section with keys, not 5 | "],
    [
      "- a\n- b\n",
      "mdp.yaml: the file must hold sections with keys, not a list | sections: ingest, embed, store, search, ask, curate, dedup, shard, train, trainEmbedder, trainPreferences, tokenizer, run, watch, engines, formats, sources, steps",
    ],
    [
      "search:\n  k: 1\nembed:\n  batchTokens: 512\nsearch:\n  k: 2\n",
      'mdp.yaml:5: "search" is given twice | it stands first in line 1; keep one of them',
    ],
  ])("of %j are named with line and way out", async (yaml, problem) => {
    expect(await problemsOf(yaml)).toContain(problem);
  });

  test("of broken YAML are named", async () => {
    expect((await problemsOf("search: [\n"))[0]).toStartWith("mdp.yaml: not valid YAML: ");
  });

  test("of variables are named by the variable", async () => {
    expect(await problemsOf("", { MDP_SEARCH_K: "x", MDP_SEARCH_MODDE: "text" })).toEqual([
      "the environment: unknown variable MDP_SEARCH_MODDE | did you mean MDP_SEARCH_MODE?",
      'MDP_SEARCH_K: search.k must be a whole number, not "x" | Number of hits.',
    ]);
  });

  test("are all reported at once", async () => {
    expect(await problemsOf("search:\n  k: 0\n  modle: x\nembed:\n  batchTokens: 1\n")).toHaveLength(3);
  });

  test("of a key that looks like a built-in are named too", async () => {
    expect((await problemsOf("constructor: 1\n"))[0]).toContain('unknown section "constructor"');
    expect((await problemsOf("search:\n  toString: 1\n"))[0]).toContain('unknown key "search.toString"');
  });

  test("make one error: the first is its message, the rest its hint", async () => {
    using project = new TempProject({ "mdp.yaml": "search:\n  k: 0\n  modle: x\n" });
    const error = await loadSettings({ projectDir: project.dir, env: {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    const { message, where, hint, problems } = error as ConfigError;
    expect(problems).toHaveLength(2);
    expect(where).toMatch(/^mdp\.yaml:[23]$/);
    expect(`${message} ${hint}`).toContain("search.modle");
  });
});
