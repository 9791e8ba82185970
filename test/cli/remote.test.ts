/** Ingest and search with a model at an endpoint, through the command line: trust, keys, refusals, and nothing asked twice. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { EmbeddingServer, error } from "../support/embedding-server.ts";
import { mdp, TempProject } from "../support/project.ts";

const home = mkdtempSync(join(tmpdir(), "mdp-remote-"));
const KEY = "sk-very-secret-key";
let server: EmbeddingServer;

beforeAll(() => {
  server = new EmbeddingServer({
    key: KEY,
    fault: ({ input }) => (input.some((text) => text.includes("forbidden")) ? () => error(400, "not that") : undefined),
  });
});
afterAll(() => {
  server[Symbol.dispose]();
  rmSync(home, { recursive: true, force: true });
});

const FILES = {
  "docs/fruit.md": "# Fruit\n\nApples and pears grow on trees in the orchard.\n",
  "docs/sea.md": "# Sea\n\nShips sail over the ocean to distant harbours.\n",
};

/** Everything of one user: what is trusted, what is cached. */
const run = (project: TempProject, ...args: string[]) => {
  const env = {
    XDG_STATE_HOME: home,
    XDG_CACHE_HOME: home,
    MDP_VECTORS: project.vectors,
    THE_KEY: KEY,
    OTHER_KEY: "x",
  };
  return mdp(args, { cwd: project.dir, env });
};

async function json<T>(project: TempProject, ...args: string[]): Promise<T> {
  const { stdout, stderr } = await run(project, ...args, "--json");
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

const here = () => ["--model", server.address, "--key-from", "THE_KEY"];

/** Every file under a folder, as text. */
function contents(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

describe("a model at an endpoint", () => {
  test("that the command line names fills a table and finds in it, and leaves its key nowhere", async () => {
    using project = new TempProject(FILES);
    const report = await json<IngestReport>(project, "ingest", "docs", ...here());
    expect(report).toMatchObject({ added: 2, failed: 0, chunks: { embedded: 2 } });
    expect(report.engines.documents!.model).toBe(server.address);
    const found = await json<SearchReport>(project, "search", "ships on the ocean", "--vector", ...here());
    expect(found.hits.map(({ path }) => path)).toEqual(["docs/sea.md", "docs/fruit.md"]);
    expect(server.requests.at(-1)!.asked.input).toEqual(["ships on the ocean"]);
    const again = await run(project, "ingest", "docs", ...here(), "--log-level", "debug");
    expect(`${contents(project.dir)}${contents(home)}${again.stdout}${again.stderr}`).not.toContain(KEY);
  });

  test("gives a context, which the default model's tokenizer counts", async () => {
    using project = new TempProject(FILES);
    await run(project, "ingest", "docs", ...here());
    const { code, stdout, stderr } = await run(project, "context", "ships on the ocean", ...here());
    expect(stdout).toStartWith("## docs/sea.md:1-3\n");
    expect(stderr).toMatch(/^\d+ of 4,000 tokens by all-MiniLM-L6-v2: 2 pieces of 2 files\n/);
    expect(code).toBe(0);
  });

  test("is asked nothing when nothing has changed, and nothing that the user's cache of vectors has", async () => {
    using project = new TempProject(FILES);
    await run(project, "ingest", "docs", ...here());
    const before = server.requests.length;
    expect(await json<IngestReport>(project, "ingest", "docs", ...here())).toMatchObject({ unchanged: 2 });
    rmSync(project.path(".mdp"), { recursive: true });
    const report = await json<IngestReport>(project, "ingest", "docs", ...here());
    expect(report.chunks).toMatchObject({ embedded: 0, cached: 2 });
    expect(server.requests.length).toBe(before);
  });

  test("makes vectors that no other model's are mixed with", async () => {
    using project = new TempProject(FILES);
    await run(project, "ingest", "docs", ...here());
    const local = await run(project, "search", "ships", "--vector");
    expect(local.code).toBe(1);
    expect(local.stderr).toContain(`was written with the embedder "${server.address}" (32 dimensions`);
    expect(local.stderr).toContain(`use --model ${server.address}`);
    const other = await run(project, "search", "ships", "--vector", ...here(), "--dim", "16");
    expect(other.stderr).toContain("(16 dimensions");
  });

  test("that refuses a passage takes the others; the passage is named, and found by its words", async () => {
    using project = new TempProject({ ...FILES, "docs/bad.md": "# Bad\n\nThis is forbidden here, says the walrus.\n" });
    for (const first of [[], ["--text-first"]]) {
      rmSync(project.path(".mdp"), { recursive: true, force: true });
      const { code, stdout } = await run(project, "ingest", "docs", ...here(), ...first, "--json");
      const report = JSON.parse(stdout) as IngestReport;
      expect(code).toBe(1);
      expect(report).toMatchObject({ added: 3, failed: 1, rejected: 1, chunks: { total: 3 } });
      expect(report.failures).toMatchObject([
        { path: "docs/bad.md", code: "embedding-refused", reason: "lines 1 to 3: HTTP 400: not that" },
      ]);
      const byWords = await json<SearchReport>(project, "search", "walrus", "--text");
      expect(byWords.hits[0]).toMatchObject({ path: "docs/bad.md", legs: { text: { rank: 1 } } });
      expect(byWords.hits[0]!.legs.vector).toBeUndefined();
      const similar = await run(project, "similar", "docs/bad.md");
      expect(similar).toMatchObject({ code: 1, stdout: "" });
      expect(similar.stderr).toContain("no passage of the file has a vector yet");
      const { code: later, stdout: said } = await run(project, "ingest", "docs", ...here(), "--json");
      expect({ later, report: JSON.parse(said) }).toMatchObject({
        later: 0,
        report: { unchanged: 3, failed: 1, stillFailing: 1, rejected: 0, failures: [] },
      });
    }
  });

  test("that refuses a row of mdp embed leaves its row zero, and says so", async () => {
    using project = new TempProject({ "texts.txt": "one\nforbidden\nthree\n" });
    const { code, stdout, stderr } = await run(project, "embed", "texts.txt", ...here());
    const sums = stdout
      .trim()
      .split("\n")
      .map((line) => Math.hypot(...(JSON.parse(line) as { vector: number[] }).vector));
    expect(sums.map((sum) => Math.round(sum))).toEqual([1, 0, 1]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "row 1 has no vector: HTTP 400: not that\n" });
  });

  test.each([
    [["--model", "https://"], 'the endpoint "https://" is no URL'],
    [["--model", "https://api.example.org/v1"], "is named without a model"],
    [["--model", "https://me:secret@api.example.org/v1#m"], "is written with a key in its URL"],
    [["--model", "https://api.example.org/v1?api_key=secret#m"], "is written with a key in its URL"],
    [["--model", "https://api.example.org/v1#m", "--key-from", "NO_SUCH"], "the variable NO_SUCH"],
  ])("named as %p is a mistake of the command line", async (args, message) => {
    using project = new TempProject({ "texts.txt": "one\n" });
    const { code, stderr } = await run(project, "embed", "texts.txt", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
  });
});

describe("an endpoint that mdp.yaml names", () => {
  const yaml = (model: string) => `embed:\n  model: ${model}\n  keyFrom: THE_KEY\n`;

  test("gets no text before mdp trust, and asks again when it changes", async () => {
    using project = new TempProject({ ...FILES, "mdp.yaml": yaml(server.address) });
    const before = server.requests.length;
    const refused = await run(project, "ingest", "docs");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`mdp.yaml has texts sent to ${server.base} with the key in THE_KEY`);
    expect(refused.stderr).toContain("mdp.yaml:2");
    const texts = await run(project, "embed", "mdp.yaml");
    expect(texts.stderr).toContain("not trusted on this machine");
    expect((await run(project, "doctor")).stdout).toContain("not trusted on this machine");
    expect(server.requests.length).toBe(before);

    const shown = await json<{ endpoints: unknown; trusted: boolean }>(project, "trust", "--show");
    expect(shown).toMatchObject({
      trusted: false,
      endpoints: [{ name: "embed", model: server.address, keyFrom: "THE_KEY" }],
    });
    const said = (await run(project, "trust", "--show")).stdout;
    expect(said).toContain(`texts are sent to ${server.address}, the key in THE_KEY is sent along`);
    await run(project, "trust");
    expect(await json<IngestReport>(project, "ingest", "docs")).toMatchObject({ added: 2, failed: 0 });
    const hits = (await json<SearchReport>(project, "search", "pears on trees")).hits;
    expect(hits[0]!.path).toBe("docs/fruit.md");

    project.write("mdp.yaml", yaml(server.address).replace("THE_KEY", "OTHER_KEY"));
    expect((await run(project, "search", "pears")).stderr).toContain("with the key in OTHER_KEY, which is not trusted");
    expect((await run(project, "search", "pears", "--text")).code).toBe(0);
  });

  test("needs no trust for what the command line names instead, unless the file's key would go along", async () => {
    using project = new TempProject({ ...FILES, "mdp.yaml": `embed:\n  model: http://127.0.0.1:9/v1#nobody\n` });
    expect(await json<IngestReport>(project, "ingest", "docs", ...here())).toMatchObject({ added: 2 });
    project.write("mdp.yaml", "embed:\n  keyFrom: OTHER_KEY\n");
    const { stderr } = await run(project, "search", "pears", "--model", server.address);
    expect(stderr).toContain("with the key in OTHER_KEY, which is not trusted");
    expect((await run(project, "search", "pears", ...here())).code).toBe(0);
  });

  test("is an engine's own, beside a local one", async () => {
    const text = `engines:\n  notes:\n    paths: [notes/]\n    model: ${server.address}\n    keyFrom: THE_KEY\n`;
    using project = new TempProject({
      ...FILES,
      "notes/a.md": "# A\n\nThe orchard is closed in winter.\n",
      "mdp.yaml": text,
    });
    expect((await run(project, "ingest", "notes", "docs")).stderr).toContain("not trusted");
    await run(project, "trust");
    const report = await json<IngestReport>(project, "ingest", "notes", "docs");
    expect(report.engines).toMatchObject({
      documents: { documents: 2, model: "all-MiniLM-L6-v2" },
      notes: { documents: 1, model: server.address },
    });
    const { hits } = await json<SearchReport>(project, "search", "orchard");
    expect(hits.map(({ engine }) => engine).sort()).toEqual(["documents", "documents", "notes"]);
  });

  test("in a step of mdp run is no exception", async () => {
    const text = `steps:\n  notes:\n    ingest: [docs]\n    settings:\n      embed:\n        model: ${server.address}\n        keyFrom: THE_KEY\n`;
    using project = new TempProject({ ...FILES, "mdp.yaml": text });
    const before = server.requests.length;
    const refused = await run(project, "run");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("mdp.yaml names endpoints (steps.notes.settings.embed) that are not trusted");
    expect(server.requests.length).toBe(before);
    await run(project, "trust");
    expect((await run(project, "run")).code).toBe(0);
  });
});
