/** Bad input of every kind costs itself only, and a disk that is full leaves nothing half-written under a final name. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PrepareReport } from "../../src/pipelines/prepare.ts";
import { MODEL_DIR } from "../support/peers.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { prose, trainingCorpus, treeHashes } from "../support/training-corpus.ts";

setDefaultTimeout(300_000);

const HOSTILE = join(import.meta.dir, "../../fixtures/hostile");
const SHARD = ["shard", "raw", "--out", "out", "--preset", "none", "--tokenizer", MODEL_DIR];

interface Reject {
  uri: string;
  row?: number;
  code: string;
  hint?: string;
}
const rejectsOf = (project: TempProject) =>
  readFileSync(project.path("out/rejects.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Reject);

describe("mdp shard over bad input", () => {
  test("names each bad file, with the next step, and keeps the good ones beside them", async () => {
    using project = new TempProject();
    cpSync(HOSTILE, project.path("raw"), { recursive: true });
    const run = await project.run(...SHARD, "--json");
    const report = JSON.parse(run.stdout) as PrepareReport;
    expect([run.code, report.rejects]).toEqual([1, rejectsOf(project).length]);
    expect(report.documents).toBeGreaterThan(10);
    expect(report.documents).toBe(report.kept + report.empty);
    const named = rejectsOf(project).map(({ uri }) => uri);
    for (const file of ["raw/encrypted.pdf", "raw/truncated.pdf", "raw/bad-row.jsonl"]) expect(named).toContain(file);
    for (const { hint } of rejectsOf(project)) expect(hint).toBeString();
  });

  test("reads CRLF, NUL and invalid UTF-8, and leaves out what is empty", async () => {
    using project = new TempProject({
      "raw/crlf.txt": "one line\r\nanother line\r\n",
      "raw/nul.txt": "before\0after",
      "raw/invalid.txt": Buffer.from([
        0x67, 0x6f, 0x6f, 0x64, 0xff, 0xfe, 0x20, 0xc3, 0xa9, 0x20, 0xc3, 0xa9, 0x20, 0xc3, 0xa9,
      ]),
      "raw/empty.txt": "",
      "raw/space.txt": " \n \n",
    });
    const report = await project.json<PrepareReport>(...SHARD, "--splits", "train=1");
    expect(report).toMatchObject({ documents: 5, rejects: 0 });
    const rows = (await project.run("shard", "export", "out", "--to", "jsonl", "--out", "exported")).code;
    expect(rows).toBe(0);
  });

  test("refuses a line of 100 MB by its number, and reads the lines around it", async () => {
    using project = new TempProject();
    const long = `{"text":"${"x".repeat(100_000_000)}"}`;
    project.write("raw/rows.jsonl", `{"text":"${prose(1, 50)}"}\n${long}\n{"text":"${prose(2, 50)}"}\n`);
    const run = await project.run(...SHARD, "--json");
    expect([run.code, JSON.parse(run.stdout)]).toMatchObject([1, { documents: 2, kept: 2, rejects: 1 }]);
    expect(rejectsOf(project)).toMatchObject([{ uri: "raw/rows.jsonl", row: 2, code: "document-too-large" }]);
  });

  test("spreads a document that is longer than a shard over several, and loses no token", async () => {
    using project = new TempProject({ "raw/long.txt": prose(5, 6_000), "raw/short.txt": prose(6, 20) });
    for (const layout of [["--pack", "--seq-len", "64"], []]) {
      const args = [...SHARD, ...layout, "--max-tokens-per-shard", "1000", "--splits", "train=1", "--overwrite"];
      const report = await project.json<PrepareReport>(...args);
      expect(report.shards).toBeGreaterThan(5);
      expect(report.packing).toMatchObject({ truncatedTokens: 0, droppedTokens: 0 });
      expect((await project.json<{ problems: unknown[] }>("shard", "verify", "out")).problems).toEqual([]);
    }
  });

  test("of which nothing is left still ends with an index", async () => {
    using project = new TempProject({ "raw/a.txt": "too short" });
    const report = await project.json<PrepareReport>(
      "shard",
      "raw",
      "--out",
      "out",
      "--pack",
      "--tokenizer",
      MODEL_DIR,
    );
    expect(report).toMatchObject({ documents: 1, kept: 0, dropped: 1, tokens: 0, shards: 0 });
    expect(JSON.parse(readFileSync(project.path("out/shards/shard_index.json"), "utf8")).num_shards).toBe(0);
  });
});

describe("a corrupt output", () => {
  test("is found by verify, and a lost index is made again from the shards", async () => {
    using project = new TempProject(trainingCorpus(40).files);
    expect((await project.run(...SHARD, "--pack", "--seq-len", "64")).code).toBe(0);
    const index = readFileSync(project.path("out/shards/shard_index.json"), "utf8");
    writeFileSync(project.path("out/shards/shard_index.json"), "");
    const lost = await project.run("loader", "bench", "out");
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining("reindex")]);
    expect((await project.run("shard", "reindex", "out")).code).toBe(0);
    expect(readFileSync(project.path("out/shards/shard_index.json"), "utf8")).toBe(index);
    const path = project.path("out/shards/train/shard_0000.safetensors");
    const bytes = readFileSync(path);
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(path, bytes);
    const run = await project.run("data", "verify", "out");
    expect([run.code, run.stdout]).toEqual([1, expect.stringContaining("shards/train/shard_0000.safetensors")]);
  });
});

describe("a full disk", () => {
  test("is an error that says so, leaves nothing half-written under a final name, and the run goes on later", async () => {
    const corpus = trainingCorpus(200);
    using project = new TempProject(corpus.files);
    const args = [...SHARD, "--pack", "--seq-len", "128", "--workers", "2"];
    expect((await project.run(...args, "--out", "clean")).code).toBe(0);
    // No file may grow beyond 100 kB: what the first stages write still fits, a shard does not.
    const command = mdpCommand([...args, "--task-bytes", "50kB"]).map((word) => `'${word}'`);
    const limited = Bun.spawn(["bash", "-c", `ulimit -f 100; trap '' XFSZ; exec ${command.join(" ")}`], {
      cwd: project.dir,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const stderr = await limited.stderr.text();
    expect(await limited.exited).toBe(1);
    expect(stderr).toMatch(/EFBIG|file too large|could not be written/i);
    expect(existsSync(project.path("out/manifest.json"))).toBe(false);
    const shards = project.path("out/shards/train");
    if (existsSync(shards)) for (const name of readdirSync(shards)) expect(name).toEndWith(".partial");
    expect((await project.run(...args, "--task-bytes", "50kB", "--resume")).code).toBe(0);
    const shardsOf = (dir: string) => treeHashes(project.path(`${dir}/shards`), /shard_index/);
    expect(Object.keys(shardsOf("out"))).toEqual(Object.keys(shardsOf("clean")));
  });
});
