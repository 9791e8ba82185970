/** `mdp index status`, `rebuild` and `tune` on a project, through the real entry. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { lockProject } from "../../src/manifest/lock.ts";
import type { IndexRebuildEntry } from "../../src/pipelines/index/rebuild.ts";
import type { IndexStatusEntry } from "../../src/pipelines/index/status.ts";
import type { TuneReport } from "../../src/pipelines/index/tune.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { lancedb } from "../../src/store/lancedb.ts";
import { TempProject } from "../support/project.ts";

const THINGS = ["apple pies", "rockets", "lighthouses", "whales", "ovens", "bridges", "clocks", "harbours"];
const page = (thing: string) =>
  `# ${thing}\n\n${THINGS.map((other, i) => `## Part ${i}\n\nNote ${i} on ${thing}, and how they differ from ${other}.\n`).join("\n")}`;

const project = new TempProject({
  ...Object.fromEntries(THINGS.map((thing, i) => [`docs/${i}.md`, page(thing)])),
  "src/bake.py": "def bake(oven):\n    return oven\n",
});
afterAll(() => project[Symbol.dispose]());
beforeAll(async () => {
  expect((await project.run("ingest", ".", "--chunk-tokens", "24", "--overlap-tokens", "0")).code).toBe(0);
});

const statusOf = async (engine: string) =>
  (await project.json<IndexStatusEntry[]>("index", "status")).find((entry) => entry.engine === engine)!;

describe("mdp index status", () => {
  test("shows each table's indices with the rows that they cover, and how vectors are searched", async () => {
    const entries = await project.json<IndexStatusEntry[]>("index", "status");
    expect(entries.map(({ engine, table }) => [engine, table])).toEqual([
      ["documents", "chunks"],
      ["code", "code"],
    ]);
    const { rows, indices, search, tuning, vectorType, dimension, versions, fragments, bytesOnDisk } = entries[0]!;
    expect(rows).toBeGreaterThan(20);
    expect(indices.map(({ kind, column }) => `${kind} ${column}`)).toEqual([
      ..."context text words".split(" ").map((column) => `text ${column}`),
      ..."doc id item kind lang mtime path root".split(" ").map((column) => `filter ${column}`),
    ]);
    expect(indices.filter((index) => index.indexedRows + index.unindexedRows !== rows)).toEqual([]);
    expect([search.index, tuning, vectorType, dimension]).toEqual(["exact", null, "float32", 384]);
    expect(Math.min(versions, fragments, bytesOnDisk)).toBeGreaterThan(0);
    const { stdout, code } = await project.run("index", "status", "--type", "code");
    expect(code).toBe(0);
    expect(stdout).toContain("code");
    expect(stdout).not.toContain("documents");
  });

  test("refuses an engine without a table, and a project without tables", async () => {
    const wrong = await project.run("index", "status", "--type", "sql");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("engines with a table: documents, code")]);
    using empty = new TempProject({ "mdp.yaml": "" });
    const none = await empty.run("index", "status");
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("nothing has been ingested")]);
  });
});

describe("mdp index rebuild", () => {
  test("makes what was lost again, and the same hits are found", async () => {
    const before = (await project.run("search", "notes on whales", "--json")).stdout;
    const table = await (await lancedb().connect(project.path(".mdp/lancedb"))).openTable("chunks");
    for (const name of ["text_idx", "kind_idx"]) await table.dropIndex(name);
    expect((await statusOf("documents")).indices).toHaveLength(9);

    const [entry] = await project.json<IndexRebuildEntry[]>("index", "rebuild", "--type", "documents");
    expect(entry!.built.map(({ column }) => column)).toContain("text");
    const { rows, indices } = await statusOf("documents");
    expect(indices).toHaveLength(11);
    expect(indices.filter(({ indexedRows }) => indexedRows !== rows)).toEqual([]);
    expect((await project.run("search", "notes on whales", "--json")).stdout).toBe(before);
  });

  test("builds a vector index where the settings want one, and takes it away where they do not", async () => {
    await project.run("index", "rebuild", "--type", "documents", "--exact-rows", "10");
    const table = await (await lancedb().connect(project.path(".mdp/lancedb"))).openTable("chunks");
    expect((await table.listIndices()).map(({ name }) => name)).toContain("vector_idx");
    await project.run("index", "rebuild", "--type", "documents");
    await table.checkoutLatest();
    expect((await table.listIndices()).map(({ name }) => name)).not.toContain("vector_idx");
  });

  test("stores vectors as the settings say, once an ingest has said that they are not, and back from the cache", async () => {
    using typed = new TempProject({ "docs/a.md": page("whales"), "docs/b.md": page("ovens") });
    await typed.run("ingest", "docs");
    const vectorsOf = async () => {
      const table = await (await lancedb().connect(typed.path(".mdp/lancedb"))).openTable("chunks");
      const rows = await table.query().select(["id", "vector"]).toArray();
      return new Map(rows.map(({ id, vector }) => [id as string, [...vector]]));
    };
    const exact = await vectorsOf();
    typed.write("mdp.yaml", "store:\n  vectorType: binary\n");
    const { code, stderr } = await typed.run("ingest", "docs");
    expect(code).toBe(1);
    expect(stderr).toContain('the table "chunks" stores vectors as float32, this run asks for binary');
    expect(stderr).toContain("mdp index rebuild stores them as binary");
    const rows = exact.size;
    const [entry] = await typed.json<IndexRebuildEntry[]>("index", "rebuild");
    expect(entry!.converted).toEqual({ from: "float32", to: "binary", rows, waiting: 0, model: null });
    expect(await typed.json<unknown>("ingest", "docs")).toMatchObject({ unchanged: 2, chunks: { embedded: 0 } });
    expect((await vectorsOf()).values().next().value).toHaveLength(384 / 8);
    expect((await typed.run("search", "--vector", "whales")).stdout).toContain("docs/a.md");

    typed.write("mdp.yaml", "store:\n  vectorType: float32\n");
    expect((await typed.run("index", "rebuild")).stdout).toContain(`${rows} vectors to be made: mdp ingest does it`);
    expect((await typed.run("search", "--text", "whales")).stdout).toContain("docs/a.md");
    expect(await typed.json<unknown>("ingest", "docs")).toMatchObject({ chunks: { embedded: 0, cached: rows } });
    expect(await vectorsOf()).toEqual(exact);
  });

  test("with --vectors leaves none of a former model, which an ingest tells of though its folder has the same name", async () => {
    using taught = new TempProject({
      "docs/a.md": page("whales"),
      "pairs.jsonl": THINGS.slice(0, 4)
        .map((thing) => JSON.stringify({ anchor: thing, positive: `All about ${thing}.` }))
        .join("\n"),
    });
    const train = [
      "train-embedder",
      "pairs.jsonl",
      "--out",
      "own",
      "--overwrite",
      "--hold-out",
      "0",
      "--batch-size",
      "4",
    ];
    const ingest = ["ingest", "docs", "--model", "./own"];
    await taught.run(...train);
    expect((await taught.run(...ingest)).code).toBe(0);
    expect((await taught.run(...ingest)).code).toBe(0);
    await taught.run(...train, "--epochs", "2");
    const { code, stderr } = await taught.run(...ingest);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("for this run's vectors: mdp index rebuild --vectors, then ingest again"),
    ]);

    const loose = await taught.run("index", "rebuild", "--model", "./own");
    expect([loose.code, loose.stderr]).toEqual([
      2,
      expect.stringContaining("--model changes nothing without --vectors"),
    ]);
    const [entry] = await taught.json<IndexRebuildEntry[]>("index", "rebuild", "--vectors", "--model", "./own");
    const rows = entry!.converted!.rows;
    expect(entry!.converted).toEqual({ from: "float32", to: "float32", rows, waiting: rows, model: "own" });
    expect(await taught.json<unknown>(...ingest)).toMatchObject({
      unchanged: 1,
      chunks: { embedded: rows, cached: 0 },
    });
    expect((await taught.run("search", "--vector", "whales", "--model", "./own")).stdout).toContain("docs/a.md");
    const again = await taught.json<IndexRebuildEntry[]>("index", "rebuild", "--vectors", "--model", "./own");
    expect(again[0]!.converted).toBeNull();
  });

  test("does not run beside another writer", async () => {
    using _lock = lockProject(project.path(".mdp"), "test");
    const { code, stderr } = await project.run("index", "rebuild");
    expect([code, stderr]).toEqual([1, expect.stringContaining("is writing to this project")]);
  });
});

describe("mdp index tune", () => {
  const rows = Array.from({ length: 320 }, (_, i) => JSON.stringify({ text: `${THINGS[i % 8]} number ${i}` }));
  const tuned = new TempProject({
    "rows.jsonl": `${rows.join("\n")}\n`,
    "questions.txt": 'which pies are number seven?\n\n{"query": "a rocket"}\nwhale\t1.md\n',
  });
  afterAll(() => tuned[Symbol.dispose]());
  beforeAll(async () => {
    expect((await tuned.run("ingest", "rows.jsonl")).code).toBe(0);
  });

  test("measures by questions, changes nothing with --dry-run, and saves else", async () => {
    const args = ["index", "tune", "--queries", "questions.txt", "--indices", "ivf_flat"];
    const [measured] = await tuned.json<TuneReport[]>(...args, "--dry-run");
    expect(measured).toMatchObject({ engine: "documents", rows: 320, queries: 3, asked: true, saved: false });
    expect(measured!.trials.map(({ index }) => index)).toContain("IVF_FLAT");
    const search = async () => (await tuned.json<IndexStatusEntry[]>("index", "status"))[0]!;
    expect((await search()).tuning).toBeNull();

    const [saved] = await tuned.json<TuneReport[]>(...args);
    expect([saved!.saved, saved!.chosen!.recall]).toEqual([true, expect.any(Number)]);
    expect((await search()).tuning).toMatchObject({ index: saved!.chosen!.index, rows: 320 });
    expect((await tuned.json<SearchReport>("search", "whales number 3", "--mode", "vector")).hits).toHaveLength(10);
    expect((await tuned.run("index", "tune", "--forget")).code).toBe(0);
    expect((await search()).tuning).toBeNull();
  }, 300_000);

  test("says what is wrong with a share, an index and a file of questions", async () => {
    const wrong = (...args: string[]) => tuned.run("index", "tune", ...args);
    expect((await wrong("--recall", "98")).stderr).toContain("is not a share");
    expect((await wrong("--indices", "annoy")).stderr).toContain('unknown index "annoy"');
    expect((await wrong("--queries", "none.txt")).stderr).toContain("there is no such file");
    tuned.write("bad.jsonl", '{"question": 1}\n');
    expect((await wrong("--queries", "bad.jsonl")).stderr).toContain("bad.jsonl:1");
  });

  test("leaves a small table alone and says so", async () => {
    const [report] = await project.json<TuneReport[]>("index", "tune", "--type", "code");
    expect(report).toMatchObject({ trials: [], chosen: null, note: expect.stringContaining("fewer than 300 rows") });
  });
});
