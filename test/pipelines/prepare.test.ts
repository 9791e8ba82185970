/** `shard`, `curate` and `dedup` from files to files: everything is accounted for, and nothing depends on the workers. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import type { PrepareReport } from "../../src/pipelines/prepare.ts";
import { MODEL_DIR } from "../support/peers.ts";
import { TempProject } from "../support/project.ts";
import { prose, trainingCorpus, treeHashes } from "../support/training-corpus.ts";

// Each test starts several processes.
setDefaultTimeout(300_000);

const corpus = trainingCorpus(300);
const TOKENIZER = ["--tokenizer", MODEL_DIR];
const SHARD = ["shard", "raw", "--pack", "--seq-len", "256", ...TOKENIZER, "--task-bytes", "60kB"];
/** What holds absolute paths, times or process ids. */
const NOT_OUTPUT = /^(\.cache\/(lock|plan|numbering|history)|raw\/)/;

describe("mdp shard", () => {
  let project: TempProject;
  let report: PrepareReport;
  beforeAll(async () => {
    project = new TempProject(corpus.files);
    report = await project.json<PrepareReport>(...SHARD, "--out", "out", "--workers", "1");
  });
  afterAll(() => project[Symbol.dispose]());

  test("accounts for every document", () => {
    const { documents, kept, dropped, duplicates, empty } = report;
    expect(documents).toBe(corpus.documents);
    expect(kept + dropped + duplicates + empty).toBe(documents);
    expect(duplicates).toBe(corpus.copies + corpus.nearCopies);
    expect(report.steps.find(({ name }) => name === "length")?.dropped).toEqual({ "too-short": corpus.tooShort });
  });

  test("accounts for every token, in the report, the index and the splits", () => {
    const index = JSON.parse(readFileSync(project.path("out/shards/shard_index.json"), "utf8"));
    expect(index.total_tokens).toBe(report.tokens);
    expect(index.total_samples).toBe(report.samples);
    expect(index.num_shards).toBe(report.shards);
    const { paddingTokens, truncatedTokens, droppedTokens, efficiency } = report.packing;
    expect([truncatedTokens, droppedTokens]).toEqual([0, 0]);
    expect(report.samples * 256).toBe(report.tokens + paddingTokens);
    expect(efficiency).toBeCloseTo(report.tokens / (report.samples * 256), 10);
    expect(Object.keys(report.splits)).toEqual(["train", "val", "test"]);
    const sum = (key: "tokens" | "documents") =>
      Object.values(report.splits).reduce((total, split) => total + split[key], 0);
    expect(sum("tokens")).toBe(report.tokens);
    expect(sum("documents")).toBe(report.kept);
  });

  test("redacts personal data, and counts it", () => {
    expect(report.pii.email).toBeGreaterThan(10);
    expect(report.pii.phone).toBeGreaterThan(10);
  });

  test("writes a manifest with every input's hash, every setting and every count", async () => {
    const manifest = JSON.parse(readFileSync(project.path("out/manifest.json"), "utf8"));
    expect(manifest.inputs).toHaveLength(Object.keys(corpus.files).length);
    for (const { uri, sha256 } of manifest.inputs) {
      expect(sha256).toBe(new Bun.CryptoHasher("sha256").update(corpus.files[uri]!).digest("hex"));
    }
    expect(manifest.settings.shard.seqLen).toBe(256);
    expect(manifest.report).toMatchObject({ documents: report.documents, tokens: report.tokens });
  });

  test("logs each removal with its partner", () => {
    const lines = readFileSync(project.path("out/removed.jsonl"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(report.duplicates);
    const removed = new Map(lines.map((line) => JSON.parse(line)).map((line) => [line.id, line]));
    expect(removed.get("d7")).toEqual({ id: "d7", partner: "d2", score: 1, method: "exact" });
    expect(removed.get("d8")).toMatchObject({ partner: "d4", method: "minhash" });
    for (const { partner } of removed.values()) expect(removed.has(partner)).toBe(false);
  });

  test.each([2, 7])(
    "gives the same bytes with %i workers",
    async (workers) => {
      const out = `out${workers}`;
      await project.json(...SHARD, "--out", out, "--workers", String(workers));
      expect(treeHashes(project.path(out), NOT_OUTPUT)).toEqual(treeHashes(project.path("out"), NOT_OUTPUT));
    },
    300_000,
  );

  test("does nothing when the output is complete, and refuses another run over it", async () => {
    const again = await project.json<PrepareReport>(...SHARD, "--out", "out");
    expect(again).toMatchObject({ unchanged: true, tokens: report.tokens, samples: report.samples });
    const other = await project.run(...SHARD, "--out", "out", "--seq-len", "128");
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("--overwrite")]);
    const replaced = await project.json<PrepareReport>(...SHARD, "--out", "out2", "--seq-len", "128", "--overwrite");
    expect(replaced.unchanged).toBe(false);
    expect(replaced.tokens).toBe(report.tokens);
  });

  test("takes no output for complete whose shards are gone or cut short", async () => {
    const again = [...SHARD, "--out", "out3"];
    await project.json<PrepareReport>(...again);
    const shard = project.path("out3/shards/train/shard_0000.safetensors");
    truncateSync(shard, 100);
    const cut = await project.run(...again, "--resume");
    expect([cut.code, cut.stderr]).toEqual([1, expect.stringContaining("has 100 now")]);
    rmSync(shard);
    const gone = await project.run(...again);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("--overwrite")]);
  });

  test.each([
    ["packed", []],
    ["flat", ["--no-pack"]],
    ["compressed", ["--compression", "zstd"]],
  ])("with --check loads %s shards back in the same command", async (_, more) => {
    const checked = await project.json<PrepareReport & { load: { tokens: number; samples: number } }>(
      ...SHARD,
      ...more,
      ...["--out", "checked", "--overwrite", "--check"],
    );
    expect(checked.load).toMatchObject({ tokens: report.tokens, samples: checked.samples });
  });

  test("with --preset none keeps everything", async () => {
    const all = await project.json<PrepareReport>(...SHARD, "--out", "all", "--preset", "none");
    expect(all).toMatchObject({ documents: corpus.documents, kept: corpus.documents, dropped: 0, duplicates: 0 });
    expect(all.steps).toEqual([]);
  });

  test("with --without leaves steps of the preset out, as its summary says how", async () => {
    const whole = await project.run(...SHARD, "--out", "said");
    expect(whole.stdout).toContain("off: --without language");
    const less = await project.json<PrepareReport>(...SHARD, "--out", "less", "--without", "length,minhash,pii");
    expect(less.steps.map(({ name }) => name)).toEqual([
      "unicode",
      "words",
      "unique-words",
      "special-chars",
      "language",
      "toxicity",
    ]);
    expect([less.dedup.methods.minhash, less.pii]).toEqual([undefined, {}]);
    const wrong = await project.run(...SHARD, "--out", "wrong", "--without", "langauge");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean "language"')]);
  });

  test("with --dry-run writes nothing", async () => {
    const plan = await project.json<{ files: number; tasks: number }>(...SHARD, "--out", "dry", "--dry-run");
    expect(plan.files).toBe(Object.keys(corpus.files).length);
    expect(plan.tasks).toBeGreaterThan(3);
    expect(existsSync(project.path("dry"))).toBe(false);
  });
});

describe("a run that cannot begin", () => {
  test.each([
    [["shard", "raw", "--out", "out"], "need a tokenizer"],
    [["shard", "raw", ...TOKENIZER], "needs an output folder"],
    [["shard", "raw", "--out", "out", ...TOKENIZER, "--filters", "lenght"], 'did you mean "length"'],
    [["shard", "raw", "--out", "out", ...TOKENIZER, "--preset", "multimodal"], "reserved"],
    [["curate", "raw", "--out", "out", "--quality-model", "nosuch"], 'no classifier at "nosuch"'],
    [["curate", "raw", "--out", "out", "--min-chars", "100", "--max-chars", "50"], "100 to 50 characters"],
    [["curate", "raw", "--out", "out", "--thresholds", "gopher.minWords=3"], "gopher"],
    [["shard", "raw", "--out", "out", ...TOKENIZER, "--separator", "<nope>"], 'no token "<nope>"'],
    [["shard", "raw", "--out", "out", ...TOKENIZER, "--splits", "train"], "not a split"],
    [["curate", "raw", "--out", "out", "--toxicity", "drop"], "--toxicity-model"],
    [["curate", "raw", "--out", "out", "--pii-kinds", "emial"], 'did you mean "email"'],
    [["curate", "raw", "--out", "out", "--dedup", "minhsh"], 'did you mean "minhash"'],
  ])("%p is a usage error that says what to do", async (args, message) => {
    using project = new TempProject({ "raw/a.txt": "text" });
    const run = await project.run(...args);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(project.path("out/manifest.json"))).toBe(false);
  });

  test.each([
    ["shard", "shards/mine.bin", ["--tokenizer", MODEL_DIR]],
    ["curate", "part_00000.jsonl", []],
  ])("%s over something that mdp did not write is an error, and leaves it alone", async (command, path, more) => {
    using project = new TempProject({ "raw/a.txt": prose(1, 60), [`out/${path}`]: "mine" });
    for (const overwrite of [[], ["--overwrite"]]) {
      const run = await project.run(command, "raw", "--out", "out", ...more, ...overwrite);
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("choose another --out")]);
      expect(readFileSync(project.path(`out/${path}`), "utf8")).toBe("mine");
    }
  });

  test("without any input is an error", async () => {
    using project = new TempProject({ "raw/.hidden": "text" });
    const run = await project.run("curate", "raw", "--out", "out");
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("hold no file")]);
  });
});

describe("mdp curate and mdp dedup", () => {
  test("documents keep their ids, and can be curated again", async () => {
    using project = new TempProject(corpus.files);
    const first = await project.json<PrepareReport>("curate", "raw", "--out", "clean");
    const second = await project.json<PrepareReport>("curate", "clean", "--out", "again");
    expect(first.kept).toBeGreaterThan(150);
    expect(second).toMatchObject({ documents: first.kept, kept: first.kept, duplicates: 0, dropped: 0 });
    const ids = (dir: string) =>
      readFileSync(project.path(`${dir}/part_00000.jsonl`), "utf8")
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids("again")).toEqual(ids("clean"));
    expect(ids("clean")).toContain("d0");
  });

  test("dedup removes copies only, and reports them", async () => {
    using project = new TempProject(corpus.files);
    const report = await project.json("dedup", "raw", "--method", "minhash", "--threshold", "0.85");
    expect(report).toMatchObject({
      documents: corpus.documents,
      removed: corpus.copies + corpus.nearCopies + corpus.tooShort - 1,
      kept: corpus.documents - corpus.copies - corpus.nearCopies - corpus.tooShort + 1,
    });
    expect(existsSync(project.path("raw-dedup/removed.jsonl"))).toBe(true);
  });

  test("dropped documents are kept aside when asked for, with step, reason, score and limit", async () => {
    using project = new TempProject(corpus.files);
    const report = await project.json<PrepareReport>("curate", "raw", "--out", "clean", "--keep-excluded");
    const lines = readFileSync(project.path("clean/excluded/00000.jsonl"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(report.dropped);
    expect(JSON.parse(lines[0]!)).toMatchObject({ step: "length", reason: "too-short", score: 10, limit: 50 });
  });
});

describe("a large file of lines", () => {
  const rows = Object.entries(corpus.files).flatMap(([path, text]) => (path.endsWith(".jsonl") ? [text] : []));
  const whole = `\ufeff${rows.join("")}`;

  test("is read in stretches by several tasks, and gives what one task gives", async () => {
    using project = new TempProject({ "raw/all.jsonl": whole });
    const one = await project.json<PrepareReport>("curate", "raw", "--out", "one");
    const many = await project.json<PrepareReport>("curate", "raw", "--out", "many", "--task-bytes", "50kB");
    const { seconds: _, out: __, fingerprint: ___, ...counts } = one;
    expect(many).toMatchObject(counts);
    const documents = (dir: string) =>
      [...new Bun.Glob("part_*.jsonl").scanSync(project.path(dir))]
        .sort()
        .map((part) => readFileSync(project.path(`${dir}/${part}`), "utf8"));
    expect(documents("many").length).toBeGreaterThan(5);
    expect(documents("many").join("")).toBe(documents("one").join(""));
    const manifest = JSON.parse(readFileSync(project.path("many/manifest.json"), "utf8"));
    expect(manifest.inputs.length).toBe(documents("many").length);
  }, 300_000);

  test("names a bad row by its number in the file", async () => {
    const lines = whole.split("\n");
    lines.splice(200, 0, "{bad");
    using project = new TempProject({ "raw/all.jsonl": lines.join("\n") });
    const run = await project.run("curate", "raw", "--out", "clean", "--task-bytes", "50kB");
    expect(run.code).toBe(1);
    expect(JSON.parse(readFileSync(project.path("clean/rejects.jsonl"), "utf8").trim())).toMatchObject({ row: 201 });
  }, 300_000);
});

describe.each([
  ["among the inputs", "raw", "raw/out"],
  ["around them", "out/raw", "out"],
  ["the same folder", "raw", "raw"],
])("an output folder that is %s", (_, inputs, out) => {
  test("is no input of its own run, not when it goes on and not when it comes again", async () => {
    const text = "The weather station reports wind, rain and temperature to the server on the hill. ";
    const files = { [`${inputs}/a.txt`]: text.repeat(3), [`${inputs}/b.txt`]: `${text}It is read once a day.` };
    using project = new TempProject(files);
    const args = ["curate", inputs, "--out", out, "--preset", "none"];
    const report = await project.json<PrepareReport>(...args, "--keep-staging");
    expect(report.inputs).toMatchObject({ files: 2, skipped: {} });
    expect(await project.json<PrepareReport>(...args)).toMatchObject({ unchanged: true, documents: 2 });
    // As a run leaves it that was killed just before its end.
    rmSync(project.path(`${out}/manifest.json`));
    const resumed = await project.json<PrepareReport>(...args, "--resume");
    expect(resumed).toMatchObject({ unchanged: false, documents: 2, inputs: { files: 2, skipped: {} } });
  });
});

test("files that are not read are counted in the summary", async () => {
  using project = new TempProject({ "raw/a.txt": "text", "raw/b.png": new Uint8Array([137, 80, 78, 71, 0, 1]) });
  const run = await project.run("curate", "raw", "--out", "clean");
  expect(run.stdout).toContain("files left out: 1 binary");
  expect(run.stdout).toContain("only scored, by a list of words, 0");
});

describe("a bad record", () => {
  test("is named, and costs only itself", async () => {
    using project = new TempProject(corpus.files);
    writeFileSync(project.path("raw/rows000.jsonl"), `${corpus.files["raw/rows000.jsonl"]}{"id": 1, "text":\n`);
    const run = await project.run("curate", "raw", "--out", "clean", "--json");
    const report = JSON.parse(run.stdout) as PrepareReport;
    expect([run.code, report.rejects, report.documents]).toEqual([1, 1, corpus.documents]);
    const [reject] = readFileSync(project.path("clean/rejects.jsonl"), "utf8").trim().split("\n");
    expect(JSON.parse(reject!)).toMatchObject({ uri: "raw/rows000.jsonl", row: 41, code: "row-not-json" });
  });
});
