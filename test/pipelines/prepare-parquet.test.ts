/** `curate` and `dedup` with `--format parquet`: the documents that JSON Lines would hold, for other libraries and for mdp. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parquetWriteBuffer } from "hyparquet-writer";
import { sha256 } from "../../src/core/hash.ts";
import type { PrepareReport } from "../../src/pipelines/prepare.ts";
import { MODEL_DIR, python } from "../support/peers.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { prose, trainingCorpus, treeHashes } from "../support/training-corpus.ts";

// Each test starts several processes.
setDefaultTimeout(300_000);

const corpus = trainingCorpus(120);
const CURATE = ["curate", "raw", "--task-bytes", "60kB"];
const PARQUET = ["--format", "parquet"];

interface Row {
  id: string;
  text: string;
  title: string;
  source: string;
  kind: string;
  lang: string | null;
  metadata: string;
}

interface Line {
  id: string;
  text: string;
  metadata: Record<string, unknown>;
}

interface Read {
  types: Record<string, string>;
  groups: number[];
  rows: Row[];
}

let project: TempProject;
let report: PrepareReport;
beforeAll(async () => {
  project = new TempProject(corpus.files);
  await project.json(...CURATE, "--out", "lines");
  report = await project.json<PrepareReport>(...CURATE, "--out", "clean", ...PARQUET);
});
afterAll(() => project[Symbol.dispose]());

const parts = (dir: string, ending: string) =>
  readdirSync(project.path(dir))
    .filter((name) => name.startsWith("part_") && name.endsWith(ending))
    .sort();

function linesOf(dir: string): Line[] {
  const text = parts(dir, ".jsonl").map((part) => readFileSync(project.path(`${dir}/${part}`), "utf8"));
  const lines = text.join("").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Line);
}

/** Every part as pyarrow reads it. */
async function tablesOf(dir: string): Promise<Read[]> {
  const tables: Read[] = [];
  for (const part of parts(dir, ".parquet")) {
    const [line] = await python("test/parity/parquet_tables.py", ["--read", project.path(`${dir}/${part}`)], "");
    tables.push(JSON.parse(line!) as Read);
  }
  return tables;
}

describe("documents as Parquet", () => {
  test("are for pyarrow what the lines are, in as many parts", async () => {
    const tables = await tablesOf("clean");
    expect(tables.length).toBeGreaterThan(2);
    expect(tables.length).toBe(parts("lines", ".jsonl").length);
    expect(parts("clean", ".jsonl")).toEqual([]);
    const string = "string";
    expect(tables[0]!.types).toEqual({
      id: string,
      text: string,
      title: string,
      source: string,
      kind: string,
      lang: string,
      metadata: string,
    });
    const rows = tables.flatMap((table) => table.rows);
    expect(rows.length).toBe(report.kept);
    const lines = rows.map(({ id, text, title, source, kind, lang, metadata }) => {
      const known = { title, source, kind, ...(lang === null ? {} : { lang }) };
      return { id, text, metadata: { ...JSON.parse(metadata), ...known } };
    });
    expect(lines).toEqual(linesOf("lines"));
  });

  test("are the same bytes again, and with another number of workers", async () => {
    await project.json(...CURATE, "--out", "clean2", ...PARQUET, "--workers", "1");
    const hashes = (dir: string) => treeHashes(project.path(dir), /^(?!part_|removed)/);
    expect(Object.keys(hashes("clean")).length).toBeGreaterThan(3);
    expect(hashes("clean2")).toEqual(hashes("clean"));
  });

  test("can be curated again, and keep their ids and texts", async () => {
    const again = await project.json<PrepareReport>("curate", "clean", "--out", "again", "--preset", "none");
    expect(again).toMatchObject({ documents: report.kept, kept: report.kept, rejects: 0 });
    const texts = (lines: Line[]) => lines.map(({ id, text }) => ({ id, text }));
    expect(texts(linesOf("again"))).toEqual(texts(linesOf("lines")));
  });

  test("become the shards that the lines become", async () => {
    const shard = (from: string, out: string) =>
      project.json<PrepareReport>(
        ...["shard", from, "--out", out, "--pack", "--seq-len", "128", "--tokenizer", MODEL_DIR, "--preset", "none"],
      );
    const [a, b] = [await shard("lines", "shards-lines"), await shard("clean", "shards-clean")];
    expect([b.tokens, b.samples, b.documents]).toEqual([a.tokens, a.samples, a.documents]);
  });

  test("are verified and sampled", async () => {
    expect(await project.json("data", "verify", "clean")).toMatchObject({ problems: [] });
    const run = await project.run("data", "sample", "clean", "-n", "5", "--json");
    const samples = run.stdout.trim().split("\n");
    expect(new Set(samples).size).toBe(5);
    const known = linesOf("lines");
    for (const sample of samples) expect(known).toContainEqual(JSON.parse(sample));
    const path = project.path(`clean/${parts("clean", ".parquet")[0]}`);
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    const damaged = await project.run("data", "verify", "clean");
    expect([damaged.code, damaged.stdout]).toEqual([1, expect.stringContaining("SHA-256")]);
  });
});

describe("a large file of many groups of rows", () => {
  const rows = Array.from({ length: 400 }, (_, i) => ({ id: `row${i}`, text: prose(i, 120) }));
  const file = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "id", data: rows.map(({ id }) => id) },
        { name: "text", data: rows.map(({ text }) => text) },
      ],
      codec: "UNCOMPRESSED",
      rowGroupSize: 20,
    }),
  );

  test("is read in stretches by several tasks, and gives what one task gives", async () => {
    using large = new TempProject({ "raw/all.parquet": file });
    const one = await large.json<PrepareReport>("curate", "raw", "--out", "one");
    const many = await large.json<PrepareReport>("curate", "raw", "--out", "many", "--task-bytes", "40kB");
    const { seconds: _, out: __, fingerprint: ___, ...counts } = one;
    expect(one.documents).toBe(400);
    expect(many).toMatchObject(counts);
    const documents = (dir: string) =>
      readdirSync(large.path(dir))
        .filter((name) => name.startsWith("part_"))
        .sort()
        .map((name) => readFileSync(large.path(`${dir}/${name}`), "utf8"));
    expect(documents("many").length).toBeGreaterThan(4);
    expect(documents("many").join("")).toBe(documents("one").join(""));
  });

  test("names rows that cannot be read by their numbers in the file", async () => {
    const damaged = Uint8Array.from(file);
    const at = Buffer.from(damaged).indexOf(rows[200]!.text.slice(0, 60));
    damaged.fill(0xff, at - 4, at);
    using large = new TempProject({ "raw/all.parquet": damaged });
    const run = await large.run("curate", "raw", "--out", "out", "--task-bytes", "40kB", "--preset", "none", "--json");
    expect(JSON.parse(run.stdout)).toMatchObject({ documents: 380, rejects: 1 });
    expect(JSON.parse(readFileSync(large.path("out/rejects.jsonl"), "utf8"))).toMatchObject({
      row: 201,
      reason: expect.stringContaining("rows 201 to 220 cannot be read"),
    });
  });
});

describe("mdp curate --format parquet, killed", () => {
  test("leaves only whole parts, and equals an undisturbed run when it is resumed", async () => {
    const args = [...CURATE, "--out", "out", ...PARQUET, "--workers", "2"];
    using whole = new TempProject(corpus.files);
    expect((await whole.run(...args)).code).toBe(0);
    const expected = treeHashes(whole.path("out"), /^(?!part_|removed)/);
    let killed = 0;
    for (const moment of [
      "staging",
      "staging/read/00000.json",
      "staging/dedup",
      "staging/finished",
      "part_00000.parquet",
    ]) {
      using killedProject = new TempProject(corpus.files);
      const child = Bun.spawn(mdpCommand(args), { cwd: killedProject.dir, stdio: ["ignore", "ignore", "ignore"] });
      while (child.exitCode === null && !existsSync(killedProject.path(`out/${moment}`))) await Bun.sleep(1);
      child.kill("SIGKILL");
      await child.exited;
      if (!existsSync(killedProject.path("out/manifest.json"))) killed++;
      // Its workers may write for a moment longer; parts under their final names do not change any more.
      for (const part of readdirSync(killedProject.path("out")).filter((name) => /^part_\d+\.parquet$/.test(name))) {
        const hash = sha256(readFileSync(killedProject.path(`out/${part}`)));
        expect([part, hash]).toEqual([part, expected[part]!]);
      }
      expect((await killedProject.run(...args, "--resume")).code).toBe(0);
      expect(treeHashes(killedProject.path("out"), /^(?!part_|removed)/)).toEqual(expected);
    }
    // The test would be empty if every run had ended before it was killed.
    expect(killed).toBeGreaterThanOrEqual(2);
  });
});

describe("mdp dedup --format parquet", () => {
  test("writes the unique documents of JSON Lines, exact copies among them, and reports what went", async () => {
    const out = await project.json<{ kept: number; removed: number }>(
      ...["dedup", "raw", "--method", "exact", "--out", "unique", ...PARQUET],
    );
    const rows = (await tablesOf("unique")).flatMap((table) => table.rows);
    expect(rows.length).toBe(out.kept);
    expect(new Set(rows.map(({ text }) => text)).size).toBe(rows.length);
    expect(readFileSync(project.path("unique/removed.jsonl"), "utf8").trim().split("\n").length).toBe(out.removed);
    expect(out.removed).toBeGreaterThanOrEqual(corpus.copies);
  });

  test("is the way of lines too, where those could be copied as they are", async () => {
    using lines = new TempProject({ "in.jsonl": '{"id":"a","text":"one"}\n{"id":"b","text":"one"}\n{"text":"two"}\n' });
    const out = await lines.json("dedup", "in.jsonl", "--method", "exact", "--out", "out", ...PARQUET);
    expect(out).toMatchObject({ documents: 3, kept: 2, removed: 1 });
    expect(existsSync(lines.path("out/part_00000.parquet"))).toBe(true);
    expect(existsSync(lines.path("out/part_00000.jsonl"))).toBe(false);
  });

  test("is refused for another format, and over an output of another format", async () => {
    const wrong = await project.run("dedup", "raw", "--out", "wrong", "--format", "arrow");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("jsonl")]);
    const other = await project.run(...CURATE, "--out", "lines", ...PARQUET);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("--overwrite")]);
    expect((await project.run(...CURATE, "--out", "lines", ...PARQUET, "--overwrite")).code).toBe(0);
    expect(parts("lines", ".jsonl")).toEqual([]);
    expect(parts("lines", ".parquet").length).toBeGreaterThan(2);
  });
});
