/** `mdp why` about outputs: which filter dropped a document by which value, and which documents a row is made of. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { FileFate, NoInput } from "../../src/pipelines/data/origin/fate.ts";
import type { RowOrigin } from "../../src/pipelines/data/origin/row.ts";
import { openShard } from "../../src/shard/open-shard.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import { TempProject } from "../support/project.ts";

const TOKENIZER = join(import.meta.dir, "../../.models/all-MiniLM-L6-v2");
const THINGS = ["harbour", "window", "garden", "letter", "market", "bridge", "candle", "forest", "mirror", "wagon"];

/** Plain English sentences that pass the filters, other ones for every number. */
function story(seed: number, sentences: number): string {
  const of = (i: number) => THINGS[(seed * 7 + i * 3 + ((seed * i) % 5)) % THINGS.length]!;
  return Array.from(
    { length: sentences },
    (_, i) =>
      `In the year ${1800 + seed} the old ${of(i)} stood near the ${of(i + 1)}, and number ${i} of the people who lived there knew the ${of(i + 2)} well.`,
  ).join(" ");
}

const rows = [story(20, 6), "too short", story(21, 6)].map((text, i) => JSON.stringify({ id: `row-${i}`, text }));
const project = new TempProject({
  ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`in/${i}.txt`, story(i + 1, 4 + 3 * i)])),
  "in/same.txt": story(3, 10),
  "in/short.txt": "Hello.",
  "in/rows.jsonl": `${rows.join("\n")}\n{not json\n`,
  "in/.hidden.txt": story(40, 5),
  "out.txt": "not an input",
});
afterAll(() => project[Symbol.dispose]());

const fate = (place: string) => project.json<FileFate>("why", place, "--in", "packed");

beforeAll(async () => {
  const common = ["shard", "in", "--tokenizer", TOKENIZER, "--splits", "train=0.8,val=0.2", "--without", "language"];
  const packed = await project.run(...common, "--out", "packed", "--pack", "--seq-len", "128");
  const flat = await project.run(...common, "--out", "flat");
  // One record cannot be read.
  expect([packed.code, flat.code]).toEqual([1, 1]);
});

describe("of a file", () => {
  test("that was dropped, the step, the rule, the value and the limit", async () => {
    const { counts, fates } = await fate("in/short.txt");
    expect(counts).toMatchObject({ kept: 0, dropped: 1 });
    expect(fates).toEqual([
      {
        id: "in/short.txt",
        line: 1,
        row: null,
        fate: "dropped",
        drop: { step: "length", reason: "too-short", score: 6, limit: 50 },
      },
    ]);
    expect((await project.run("why", "in/short.txt", "--in", "packed")).stdout).toContain(
      "dropped by length, too-short: 6, the limit is 50",
    );
  });

  test("of rows, each by its line, those that could not be read too", async () => {
    const { counts, fates } = await fate("in/rows.jsonl");
    expect(counts).toEqual({ kept: 2, dropped: 1, copy: 0, empty: 0, rejected: 1 });
    expect(fates.map(({ id, line, fate: what }) => [id, line, what])).toEqual([
      ["row-1", 2, "dropped"],
      [null, 4, "rejected"],
      ["row-0", 1, "kept"],
      ["row-2", 3, "kept"],
    ]);
    expect((await fate("in/rows.jsonl:3")).fates.map(({ id }) => id)).toEqual(["row-2"]);
  });

  test("that was a copy, the document that stays for it", async () => {
    expect((await fate("in/same.txt")).fates).toMatchObject([
      { fate: "copy", copy: { of: "in/2.txt", score: 1, method: "exact" } },
    ]);
    expect((await fate("in/2.txt")).counts.kept).toBe(1);
  });

  test("that is no input, the rule that left it out, or that nothing is known", async () => {
    const about = (place: string) => project.json<NoInput>("why", place, "--in", "packed");
    expect(await about("in/.hidden.txt")).toMatchObject({ about: "no-input", leftOut: { reason: "hidden" } });
    expect(await about("out.txt")).toMatchObject({
      leftOut: null,
      reason: "it is not among the inputs of the run, which was given: in",
    });
    expect((await project.run("why", "none.txt", "--in", "packed")).stderr).toContain("there is no such file");
  });

  test("that has changed since, only what the run wrote down", async () => {
    using changed = new TempProject({ "in/a.txt": story(1, 8), "in/b.txt": story(1, 8), "in/c.txt": story(2, 9) });
    await changed.run("curate", "in", "--out", "clean", "--without", "language");
    changed.write("in/b.txt", "Hello.");
    const report = await changed.json<FileFate>("why", "in/b.txt", "--in", "clean");
    expect(report).toMatchObject({ file: "changed", counts: { copy: 1, kept: 0, dropped: 0 } });
    expect(report.unknown).toContain("cannot be filtered again");
  });
});

describe("of a row", () => {
  const origin = (place: string) => project.json<RowOrigin>("why", place);

  test("of flat shards, the document by its id", async () => {
    const tokenizer = await openTokenizer(TOKENIZER);
    const shard = await openShard(project.path("flat/shards/train/shard_0000.safetensors"));
    const offsets = shard.tensor("doc_offsets") as BigUint64Array;
    for (let row = 0; row < offsets.length - 1; row++) {
      const found = await origin(`flat:train:${row}`);
      expect(found).toMatchObject({ by: "id", rowInShard: row, shard: "train/shard_0000.safetensors" });
      const [source, more] = found.parts[0]!.sources;
      expect(more).toBeUndefined();
      // The row's tokens are those of the source.
      const text =
        source!.row === null
          ? await Bun.file(project.path(source!.path)).text()
          : JSON.parse(rows[source!.row - 1]!).text;
      const ids = tokenizer.encode(text, { specialTokens: false }).ids;
      expect(Number(offsets[row + 1]! - offsets[row]!)).toBe(ids.length + 1);
    }
  }, 300_000);

  test("of packed shards, every document or part of one by its tokens", async () => {
    const tokenizer = await openTokenizer(TOKENIZER);
    const shard = await openShard(project.path("packed/shards/train/shard_0000.safetensors"));
    const segments = shard.tensor("segment_ids") as Uint16Array;
    const { parts, by } = await origin("packed:train:0");
    expect(by).toBe("tokens");
    expect(parts).toHaveLength(Math.max(...segments.subarray(0, 128)));
    for (const { sources, text } of parts) {
      expect(sources).toHaveLength(1);
      const { path, row } = sources[0]!;
      const source = row === null ? await Bun.file(project.path(path)).text() : JSON.parse(rows[row - 1]!).text;
      const shown = tokenizer.decode(tokenizer.encode(source, { specialTokens: false }).ids);
      expect(shown).toContain(text.trim());
    }
  });

  test.each([
    ["packed:train:99999", "has no row 99999"],
    ["packed:dev:0", 'no shards of the split "dev"'],
  ])("%s is a usage error", async (place, message) => {
    const { code, stderr } = await project.run("why", place);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
