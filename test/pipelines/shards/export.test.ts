/** Goal: what is exported is what the other library's own writer writes, or what its reader reads. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { exportShards } from "../../../src/pipelines/shards/export.ts";
import { metric } from "../../../src/shard/export/datatrove.ts";
import type { PlanSettings } from "../../../src/shard/plan/plan.ts";
import { type Files, filesIn } from "../../contracts/exporter.ts";
import { python } from "../../support/peers.ts";
import { type TestDocument, temporaryFolder, writeSet } from "../../support/shards.ts";

const golden = (name: string) => Bun.file(join(import.meta.dir, `../../../fixtures/golden/${name}.json`)).json();

/** Writes a set and exports it; gives the report, and every file below the output folder. */
async function exported(to: string, documents: TestDocument[], settings: Partial<PlanSettings>, split?: string) {
  await using folder = await temporaryFolder();
  const out = join(folder.path, "out");
  await writeSet(folder.path, [documents], { maxShardSizeBytes: 10_000_000, maxTokensPerShard: 50_000, ...settings });
  const report = await exportShards({ path: folder.path, out, to, split });
  return { report, files: await filesIn(out) };
}

async function read(name: string, files: Files): Promise<unknown> {
  await using folder = await temporaryFolder();
  for (const [path, bytes] of Object.entries(files)) await Bun.write(join(folder.path, path), bytes);
  const [line] = await python("test/parity/read_export.py", [join(folder.path, name)], "");
  return JSON.parse(line!);
}

function expectFiles(files: Files, expected: Record<string, string>, prefix = "") {
  expect(Object.keys(files).toSorted()).toEqual(Object.keys(expected).map((name) => `${prefix}${name}`));
  for (const [name, base64] of Object.entries(expected)) {
    expect(Buffer.from(files[`${prefix}${name}`]!).toString("latin1")).toBe(
      Buffer.from(Bun.gunzipSync(Buffer.from(base64, "base64"))).toString("latin1"),
    );
  }
}

describe("datatrove", () => {
  test("files of documents are byte for byte those of its own writer, with and without loss masks", async () => {
    const { cases } = (await golden("datatrove-tokens")) as {
      cases: { documents: number[][]; masks: number[][] | null; files: Record<string, string> }[];
    };
    expect(cases.length).toBe(3);
    for (const { documents, masks, files: expected } of cases) {
      const vocabSize = documents[0]![0]! > 65_535 ? 140_000 : 65_536;
      const given = documents.map((ids, i) => ({ ids, ...(masks ? { lossMask: masks[i]! } : {}) }));
      const { files } = await exported("datatrove", given, { pack: false, vocabSize });
      expectFiles(files, expected);
    }
  });

  test.each([
    [0, "0.00 T"],
    [9, "9.00 T"],
    [999, "999 T"],
    [1_234, "1.23 kT"],
    [99_999, "100 kT"],
    [999_999, "1.00 MT"],
    [123_456_789, "123 MT"],
    [8_125_000_000_000, "8.12 TT"],
  ])("writes %d tokens as humanize does: %s", (count, text) => {
    expect(metric(count)).toBe(text);
  });
});

describe("mds", () => {
  test("files of documents are byte for byte those of Mosaic's own writer", async () => {
    const { flat } = (await golden("mds")) as {
      flat: { documents: { id: string; run: [number, number, number] }[]; files: Record<string, string> };
    };
    const documents = flat.documents.map(({ id, run: [first, step, count] }) => ({
      id: BigInt(id),
      ids: Array.from({ length: count }, (_, i) => first + step * i),
    }));
    const settings = { pack: false, vocabSize: 65_536 };
    const { files, report } = await exported("mds", [...documents, { ids: [] }], settings);
    expectFiles(files, flat.files, "train/");
    expect(report.splits).toMatchObject([{ split: "train", items: 6, tokens: 131_585, skipped: 1 }]);
  });

  test("files of rows are byte for byte those of Mosaic's own writer", async () => {
    const { rows } = (await golden("mds")) as { rows: { files: Record<string, string> } };
    const documents = [[1, 2, 3], [4, 5, 6, 7, 8], [9], [10, 11]].map((ids) => ({ ids }));
    const { files } = await exported("mds", documents, { seqLen: 8, packing: "concat", vocabSize: 70_000 });
    expectFiles(files, rows.files, "train/");
  });
});

const documents: TestDocument[] = [
  { ids: [1, 2, 3], id: 2n ** 64n - 1n },
  { ids: [], id: 3n },
  { ids: [4, 5, 65_000, 6, 7, 8], id: 1n },
  { ids: [9, 10], id: 2n, split: 1 },
];

describe("megatron", () => {
  test.each([
    [65_536, "uint16"],
    [65_537, "int32"],
  ])("files of a vocabulary of %d give documents back as %s", async (vocabSize, dtype) => {
    const { files, report } = await exported("megatron", documents, { pack: false, vocabSize, maxTokensPerShard: 4 });
    expect(report.splits.map(({ files }) => files)).toEqual([
      ["train.bin", "train.idx"],
      ["val.bin", "val.idx"],
    ]);
    expect(await read("train", files)).toEqual({ dtype, documents: [[1, 2, 3], [], [4, 5, 65_000, 6, 7, 8]] });
    expect(await read("val", files)).toEqual({ dtype, documents: [[9, 10]] });
  });

  test("files of packed shards have each document's part of a row, without padding", async () => {
    const { files } = await exported("megatron", documents, { seqLen: 4, packing: "none", vocabSize: 65_536 });
    expect(await read("train", files)).toEqual({
      dtype: "uint16",
      documents: [
        [1, 2, 3],
        [4, 5, 65_000, 6],
        [7, 8],
      ],
    });
  });
});

describe("parquet", () => {
  test("has a row per document with an unsigned id, read by Arrow", async () => {
    const { files } = await exported("parquet", documents, { pack: false, vocabSize: 65_536 }, "train");
    expect(Object.keys(files)).toEqual(["train.parquet"]);
    expect(await read("train.parquet", files)).toEqual({
      types: { doc_id: "uint64", tokens: "list<element: uint16 not null>" },
      rows: { doc_id: ["18446744073709551615", "3", "1"], tokens: [[1, 2, 3], [], [4, 5, 65_000, 6, 7, 8]] },
    });
  });

  test("has rows with segments and loss masks, and ids above 2³¹ stay what they are", async () => {
    const large = [{ ids: [4_000_000_000, 5], lossMask: [0, 1] }, { ids: [1] }];
    const settings = { seqLen: 4, packing: "concat" as const, vocabSize: 4_294_967_295 };
    const { files } = await exported("parquet", large, settings);
    expect(await read("train.parquet", files)).toEqual({
      types: {
        input_ids: "list<element: uint32 not null>",
        loss_mask: "list<element: uint8 not null>",
        segment_ids: "list<element: uint16 not null>",
      },
      rows: { input_ids: [[4_000_000_000, 5, 1, 0]], loss_mask: [[0, 1, 1, 0]], segment_ids: [[1, 1, 2, 0]] },
    });
  });
});

describe("jsonl", () => {
  test("has an object per document, with ids as texts, and masks where the split has any", async () => {
    const masked = documents.map((one) => ({ ...one, ...(one.id === 1n ? { lossMask: [1, 0, 1, 1, 1, 1] } : {}) }));
    const { files } = await exported("jsonl", masked, { pack: false, vocabSize: 65_536 });
    const lines = Buffer.from(files["train.jsonl"]!).toString().split("\n");
    expect(lines.slice(0, -1).map((line) => JSON.parse(line))).toEqual([
      { doc_id: "18446744073709551615", loss_mask: [1, 1, 1], tokens: [1, 2, 3] },
      { doc_id: "3", loss_mask: [], tokens: [] },
      { doc_id: "1", loss_mask: [1, 0, 1, 1, 1, 1], tokens: [4, 5, 65_000, 6, 7, 8] },
    ]);
    expect(Buffer.from(files["val.jsonl"]!).toString()).toBe('{"doc_id":"2","tokens":[9,10]}\n');
  });
});

describe("texts", () => {
  const model = join(import.meta.dir, "../../../fixtures/models/tiny-bert-classifier");
  /** "the good rain", "all or more", each with [SEP] (3) at its end; the words' own ids are those of its vocabulary. */
  const documents = [{ ids: [59, 88, 137, 137, 126, 99, 123, 131, 136, 3] }, { ids: [7, 48, 41, 3] }];

  async function withTexts(to: string, settings: Partial<PlanSettings>, sha256?: string) {
    await using folder = await temporaryFolder();
    const file = await Bun.file(join(model, "tokenizer.json")).bytes();
    const own = new Bun.CryptoHasher("sha256").update(file).digest("hex");
    const tokenizer = { name: "tiny", sha256: sha256 ?? own };
    await writeSet(folder.path, [documents], { vocabSize: 159, tokenizer, ...settings });
    const out = join(folder.path, "out");
    await exportShards({ path: folder.path, out, to, tokenizer: model });
    return await filesIn(out);
  }

  test("stand beside the tokens of documents, and of rows without padding", async () => {
    const flat = Buffer.from((await withTexts("jsonl", { pack: false }))["train.jsonl"]!).toString();
    expect(
      flat
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).text),
    ).toEqual(["the good rain", "all or more"]);
    const rows = await withTexts("jsonl", { packing: "best-fit" });
    expect(JSON.parse(Buffer.from(rows["train.jsonl"]!).toString()).text).toBe("the good rain all or more");
    const parquet = (await read("train.parquet", await withTexts("parquet", { pack: false }))) as { rows: unknown };
    expect(parquet.rows).toMatchObject({ text: ["the good rain", "all or more"] });
  });

  test("of mds are byte for byte as Mosaic's own writer has them", async () => {
    const { texts } = (await golden("mds")) as { texts: { files: Record<string, string> } };
    expectFiles(await withTexts("mds", { pack: false }), texts.files, "train/");
  });

  test("need the set's own tokenizer, and a format with a place for them", async () => {
    await expect(withTexts("jsonl", {}, "0")).rejects.toThrow("this is not the tokenizer of the set, which is tiny");
    await expect(withTexts("megatron", {})).rejects.toThrow("megatron has no place for texts");
  });
});
