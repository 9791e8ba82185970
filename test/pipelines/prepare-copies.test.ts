/** Copies within a run and against earlier ones, and the splits that clusters of copies go to. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { idOf } from "../../src/core/hash.ts";
import type { PrepareReport } from "../../src/pipelines/prepare.ts";
import { openShard } from "../../src/shard/open-shard.ts";
import { MODEL_DIR } from "../support/peers.ts";
import { TempProject } from "../support/project.ts";
import { prose, trainingCorpus } from "../support/training-corpus.ts";

// Each test starts several processes.
setDefaultTimeout(300_000);

const corpus = trainingCorpus(300);
const TOKENIZER = ["--tokenizer", MODEL_DIR];
const SHARD = ["shard", "raw", "--pack", "--seq-len", "256", ...TOKENIZER, "--task-bytes", "60kB"];

describe("splits", () => {
  const FLAT = ["shard", "raw", ...TOKENIZER, "--out", "out", "--splits", "train=0.5,val=0.5"];
  /** Documents by split, as flat shards name them. */
  const splitsOf = async (project: TempProject) => {
    const splits: Record<string, bigint[]> = {};
    for (const split of ["train", "val"]) {
      const shard = await openShard(project.path(`out/shards/${split}/shard_0000.safetensors`));
      splits[split] = [...(shard.tensor("doc_ids") as BigUint64Array)];
    }
    return splits;
  };

  test("of documents that were assigned stay when data is added and clusters grow", async () => {
    using project = new TempProject(corpus.files);
    const first = await project.json<PrepareReport>(...FLAT);
    expect(first.joinedSplits).toBe(0);
    const before = await splitsOf(project);
    // These come first in order, so that they lead the clusters of what they resemble.
    const texts = corpus.files["raw/rows000.jsonl"]!.trim().split("\n");
    const near = texts.slice(0, 30).map((line, i) => `${(JSON.parse(line) as { text: string }).text} Added ${i}.`);
    project.write("raw/a-new.jsonl", near.map((text, i) => `${JSON.stringify({ id: `n${i}`, text })}\n`).join(""));
    const second = await project.json<PrepareReport>(...FLAT, "--overwrite");
    expect(second.kept).toBeGreaterThanOrEqual(first.kept);
    const after = await splitsOf(project);
    const moved = (a: string, b: string) => before[a]!.filter((id) => after[b]!.includes(id));
    expect([moved("train", "val"), moved("val", "train")]).toEqual([[], []]);
    expect(moved("train", "train").length).toBeGreaterThan(50);
    // About half of the copies that go had stood in the other split than what leads them now.
    expect(second.joinedSplits).toBeGreaterThan(3);
  });

  test("of near copies are one: no cluster straddles train and val", async () => {
    using project = new TempProject(corpus.files);
    await project.json<PrepareReport>(...FLAT, "--dedup", "", "--preset", "none");
    const text = (id: bigint, splits: Record<string, bigint[]>) =>
      Object.keys(splits).find((split) => splits[split]!.includes(id));
    const splits = await splitsOf(project);
    const id = (name: string) => BigInt(`0x${idOf(name).slice(0, 16)}`);
    // Equal texts have equal hashes, with or without a search for copies.
    expect(text(id("d7"), splits)).toBe(text(id("d2"), splits));
    expect(text(id("d17"), splits)).toBe(text(id("d12"), splits));
  });
});

describe("dedup against an earlier corpus", () => {
  const more = { ...corpus.files, "new/a.txt": `${prose(9_001, 120)}\n`, "new/b.txt": `${prose(9_002, 90)}\n` };
  const NEAR = ["dedup", "new", "raw/notes", "--method", "exact,minhash"];

  test("of plain files removes what they hold", async () => {
    using project = new TempProject(more);
    const report = await project.json(...NEAR, "--out", "unique", "--against", "raw");
    expect(report).toMatchObject({ documents: 7, kept: 2, removed: 5 });
    const partners = readFileSync(project.path("unique/removed.jsonl"), "utf8").trim().split("\n");
    expect(JSON.parse(partners[0]!)).toMatchObject({
      id: "raw/notes/note0.txt",
      partner: "raw/notes/note0.txt",
      score: 1,
    });
  }, 300_000);

  test("of shards removes equal texts, and near copies where texts were kept", async () => {
    using project = new TempProject({
      ...more,
      "new/near.txt": `${prose(50, 300)} And one more sentence at its end.\n`,
    });
    const kept = await project.run(...SHARD, "--out", "with", "--keep-texts");
    const bare = await project.run(...SHARD, "--out", "without");
    expect([kept.code, bare.code]).toEqual([0, 0]);
    expect(await project.json(...NEAR, "--out", "u1", "--against", "with")).toMatchObject({ kept: 2, removed: 6 });
    const unverified = await project.json(...NEAR, "--out", "u2", "--against", "without");
    expect(unverified).toMatchObject({ kept: 3, removed: 5, unverified: 1 });
    expect(existsSync(project.path("with/.cache/documents"))).toBe(true);
  }, 300_000);
});

describe("dedup --method exact over JSON Lines", () => {
  const lines = [
    '{"text": "The same  text.", "id": "a", "n": 1}',
    '{ "id":"b", "text":"the same text" }',
    '{"id":"c","text":"another \\u00e9"}',
    '{"id":"d","text":"another é"}',
    "{broken",
    '{"id":"e","text":"a third"}',
  ];

  test("keeps the bytes of lines that stay, and takes texts as equal however they are escaped", async () => {
    using project = new TempProject({ "raw/a.jsonl": `${lines.join("\n")}\n` });
    const run = await project.run("dedup", "raw", "--method", "exact", "--json");
    expect([run.code, JSON.parse(run.stdout)]).toMatchObject([1, { documents: 5, kept: 3, removed: 2, rejects: 1 }]);
    expect(readFileSync(project.path("raw-dedup/part_00000.jsonl"), "utf8")).toBe(
      `${[lines[0], lines[2], lines[5]].join("\n")}\n`,
    );
    expect(JSON.parse(readFileSync(project.path("raw-dedup/rejects.jsonl"), "utf8"))).toMatchObject({ row: 5 });
    expect(await project.json("data", "verify", "raw-dedup")).toMatchObject({ outputs: 1, problems: [] });
    expect(await project.json("dedup", "raw", "--method", "exact")).toMatchObject({ unchanged: true, kept: 3 });
  });

  test("removes what the general way removes", async () => {
    using project = new TempProject(corpus.files);
    const short = await project.json("dedup", "raw/*.jsonl", "--out", "short", "--method", "exact");
    // Another name for the text's field is the general way.
    const general = await project.json(
      "dedup",
      "raw/*.jsonl",
      "--out",
      "general",
      "--method",
      "exact",
      "--text-field",
      "text",
    );
    const { seconds: _, out: __, ...counts } = general as Record<string, unknown>;
    expect(short).toMatchObject(counts);
    const removed = (dir: string) => readFileSync(project.path(`${dir}/removed.jsonl`), "utf8");
    expect(removed("short")).toBe(removed("general"));
  });
});

describe("dedup --method semantic", () => {
  const files = {
    "raw/a.md": "# Pump\n\nThe pump failed because its filter was full of sand.\n",
    "raw/b.md": "# Pump\n\nThe pump failed since its filter had filled up with sand.\n",
    "raw/c.md": "# Tea\n\nGreen tea is best brewed at eighty degrees for two minutes.\n",
  };

  test("removes what means the same, by the vectors of the project's store", async () => {
    using project = new TempProject(files);
    const before = await project.run("dedup", "raw", "--out", "unique", "--method", "semantic", "--threshold", "0.9");
    expect([before.code, before.stderr]).toEqual([1, expect.stringContaining("mdp ingest")]);
    expect((await project.run("ingest", "raw")).code).toBe(0);
    const args = ["dedup", "raw", "--out", "unique", "--method", "semantic", "--threshold", "0.9", "--resume"];
    expect(await project.json(...args)).toMatchObject({ documents: 3, kept: 2, removed: 1, clusters: 1 });
    const [line] = readFileSync(project.path("unique/removed.jsonl"), "utf8").trim().split("\n");
    expect(JSON.parse(line!)).toMatchObject({ id: "raw/b.md", partner: "raw/a.md", method: "semantic" });
    expect(JSON.parse(line!).score).toBeGreaterThan(0.9);
  });
});

describe("parts that repeat", () => {
  test("are cut from later documents", async () => {
    const shared = prose(77, 200);
    using project = new TempProject({
      "raw/a.txt": `${prose(1, 80)}\n${shared}\n`,
      "raw/b.txt": `${prose(2, 80)}\n${shared}\n${prose(3, 80)}\n`,
    });
    const report = await project.json("dedup", "raw", "--out", "cut", "--method", "substring");
    expect(report).toMatchObject({ documents: 2, kept: 2, removed: 0, methods: { substring: 1 } });
    const [a, b] = readFileSync(project.path("cut/part_00000.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(a).toContain(shared);
    expect(b).not.toContain(shared.slice(20, 200));
    expect(b).toContain(prose(2, 80).slice(0, 60));
    expect(b).toContain(prose(3, 80).slice(-60));
  }, 300_000);
});
