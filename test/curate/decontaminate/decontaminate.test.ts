/** Goal: every benchmark text that stands in a document is found and named, and nothing else is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as v from "valibot";
import { CurateSettings } from "../../../src/curate/config.ts";
import openDecontaminate from "../../../src/curate/decontaminate/decontaminate.ts";
import { BenchmarkIndex, SHORTEST_WORDS } from "../../../src/curate/decontaminate/index.ts";
import { curatedOf } from "../../support/curated.ts";
import { nastyText } from "../../support/nasty-text.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-decontaminate-"));
});
afterAll(() => rmSync(root, { recursive: true }));

let files = 0;
function fileOf(contents: string | Uint8Array, name = "bench.txt"): string {
  const path = join(root, `${files++}-${name}`);
  writeFileSync(path, contents);
  return path;
}

function indexOf(n: number, ...paths: string[]): BenchmarkIndex {
  const index = new BenchmarkIndex(n);
  for (const path of paths) index.addFile(path);
  return index;
}

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => `w${from + i}`).join(" ");

const alone = "(?=\\p{L})[\\u3040-\\u30ff\\u3400-\\u9fff\\uf900-\\ufaff]";
const word = new RegExp(`${alone}|(?:(?!${alone})[\\p{L}\\p{N}])+`, "gu");

/** Words as the index takes them, by a slower road: what a text is compared by. */
function wordsOf(text: string): string[] {
  const plain = text.normalize("NFD").replace(/[\p{M}\p{Cf}]/gu, "");
  return plain.toLowerCase().match(word) ?? [];
}

function matchesByWords(benchmark: readonly string[], text: string, n: number): number {
  const words = wordsOf(text);
  const runs = (of: readonly string[], length: number) =>
    Array.from({ length: Math.max(0, of.length - length + 1) }, (_, i) => of.slice(i, i + length).join(" "));
  const long = new Set(benchmark.flatMap((row) => runs(wordsOf(row), n)));
  const short = benchmark.map(wordsOf).filter(({ length }) => length < n && length >= SHORTEST_WORDS);
  const found = runs(words, n).filter((run) => long.has(run)).length;
  return short.reduce((sum, row) => sum + runs(words, row.length).filter((run) => run === row.join(" ")).length, found);
}

describe("the index", () => {
  test("finds 13 words in a row, whatever their case, accents and punctuation, and not 12", () => {
    const index = indexOf(13, fileOf(`Où est le café? ${numbered(0, 30)}`));
    expect(index.find(`It said: OU EST, le "cafe\u0301" ${numbered(0, 9).toUpperCase()}!`)).toMatchObject({
      matches: 1,
      words: 13,
      of: 15,
    });
    expect(index.find(`ou est le cafe ${numbered(0, 8)} other`)).toBeUndefined();
  });

  test("names file and row of each overlap, the first row of those that share it", () => {
    const first = fileOf(`nothing\n${numbered(0, 14)}\n${numbered(100, 20)}`);
    const second = fileOf(
      `${JSON.stringify({ id: 1, question: numbered(0, 14), choices: ["a", numbered(200, 13)] })}\n`,
      "b.jsonl",
    );
    const index = indexOf(13, first, second);
    const found = index.find(`${numbered(200, 13)} and ${numbered(0, 14)}`)!;
    expect(found.rows).toEqual([`${second}:1`, `${first}:2`]);
    expect(found).toMatchObject({ matches: 3, words: 27, of: 28 });
    expect(index.files).toEqual([
      { file: first, texts: 2, tooShort: 1 },
      { file: second, texts: 2, tooShort: 1 },
    ]);
  });

  test("looks for a text shorter than an n-gram as a whole, unless it says nothing", () => {
    const index = indexOf(13, fileOf("What is the capital city of France?\nwhat is the capital city of Peru\nParis\n"));
    expect(index.find("Tell me: what is the capital city of France, please")!.matches).toBe(1);
    expect(index.find("what is the capital city of PERU")!.rows[0]).toEndWith(":2");
    expect(index.find("the capital city of France is Paris")).toBeUndefined();
  });

  test("takes each ideograph as a word", () => {
    const index = indexOf(13, fileOf("我们在学校学习中文和数学因为很有意思"));
    expect(index.find("他说：我们在学校学习，中文和数学因为！")!.matches).toBe(2);
    expect(index.find("我们在学校学习")).toBeUndefined();
  });

  test("finds the same across the borders of its blocks of words", () => {
    const index = indexOf(13, fileOf(numbered(0, 13)));
    for (let before = 16_384 - 20; before < 16_384 + 4; before++) {
      const text = `${"x ".repeat(before)}${numbered(0, 13)} end`;
      expect([before, index.find(text)]).toEqual([before, expect.objectContaining({ matches: 1, of: before + 14 })]);
    }
  });

  test("finds in any text what a search for joined words finds", () => {
    const piece = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom("the", "Pump", "moves", "water", "from", "é", "e\u0301", "中", "42", "a-b"),
      },
      { weight: 1, arbitrary: nastyText.filter((text) => !/[\ud800-\udfff]/.test(text)) },
    );
    const sentence = fc
      .array(piece, { maxLength: 30 })
      .map((pieces) => pieces.join(" ").replaceAll("\n", " ").replaceAll("\r", " "));
    fc.assert(
      fc.property(fc.array(sentence, { maxLength: 4 }), sentence, fc.integer({ min: 3, max: 13 }), (rows, text, n) => {
        const index = indexOf(n, fileOf(rows.join("\n")));
        const parts = [text, ...rows];
        for (const whole of [text, parts.join(" ; "), rows.at(-1) ?? ""]) {
          expect([whole, index.find(whole)?.matches ?? 0]).toEqual([whole, matchesByWords(rows, whole, n)]);
        }
      }),
      { numRuns: 100 },
    );
  }, 300_000);

  test("keeps apart 200,000 different n-grams", () => {
    const index = indexOf(3, fileOf(numbered(0, 200_002)));
    expect(index.size).toBe(200_000);
    expect(index.find(numbered(0, 200_002))!.matches).toBe(200_000);
    expect(index.find(numbered(300_000, 200_002))).toBeUndefined();
  });

  test("refuses n-grams that are longer than its limit", () => {
    expect(() => new BenchmarkIndex(1001)).toThrow("decontaminateNgram is 1001; the limit is 1000");
  });
});

describe("benchmark files", () => {
  const text = numbered(0, 13);
  const rowOf = (path: string) =>
    indexOf(13, path)
      .find(text)!
      .rows.map((row) => row.slice(path.length));

  test("are read as JSONL, JSON, CSV, TSV and lines, with gzip and zstd", () => {
    expect(rowOf(fileOf(`{"a":"x"}\n\n{"deep":{"er":["y","${text}"]}}\r\n`, "a.jsonl"))).toEqual([":3"]);
    expect(rowOf(fileOf(`[{"a":"x"},{"b":"${text}"}]`, "a.json"))).toEqual([":2"]);
    expect(rowOf(fileOf(`id,text\r\n1,"said ""so"",\r\nthen"\r\n2,"${text}"\r\n`, "a.csv"))).toEqual([":2"]);
    expect(rowOf(fileOf(`id\ttext\n1\tx, y\n2\tz\n3\t${text}`, "a.tsv"))).toEqual([":3"]);
    expect(rowOf(fileOf(Bun.gzipSync(Buffer.from(`x\r\n${text}\r\n`)), "a.txt.gz"))).toEqual([":2"]);
    expect(rowOf(fileOf(Bun.zstdCompressSync(Buffer.from(`"${text}"`)), "a.jsonl.zst"))).toEqual([":1"]);
  });

  test.each([
    ["is missing", () => join(root, "none.jsonl"), "the benchmark file does not exist"],
    ["has another format", () => fileOf("PAR1", "a.parquet"), 'benchmark files of the format "parquet" are not read'],
    ["is not UTF-8", () => fileOf(Uint8Array.of(0xff, 0xfe), "a.txt"), "the benchmark file cannot be read"],
    ["is no gzip", () => fileOf("text", "a.txt.gz"), "the benchmark file cannot be read"],
    ["has a broken line", () => fileOf('{"a":1}\n{"a":', "a.jsonl"), "this is not valid JSON"],
    ["has an open quote", () => fileOf('a,b\n1,"two\n', "a.csv"), "record 1 has a quote that is never closed"],
  ])("one that %s is an error, not a gap", (_, path, message) => {
    expect(() => indexOf(13, path())).toThrow(message);
  });
});

describe("the step", () => {
  const open = (settings: v.InferInput<typeof CurateSettings>) => openDecontaminate(v.parse(CurateSettings, settings));

  test("drops a document with benchmark text, and says which", async () => {
    const file = fileOf(numbered(0, 20));
    const step = await open({ decontaminate: [file] });
    const item = curatedOf(`${numbered(0, 15)} ${numbered(500, 15)}`);
    expect(step.apply(item)).toEqual({ step: "decontaminate", reason: "benchmark-text", score: 3, limit: 0 });
    expect(item.scores).toEqual({ "decontaminate.matches": 3, "decontaminate.share": 0.5 });
    expect(item.tags).toEqual({ decontaminate: [`${file}:1`] });
  });

  test("only tags when asked to, and keeps what is clean", async () => {
    const step = await open({ decontaminate: [fileOf(numbered(0, 20))], decontaminateAction: "tag" });
    const [dirty, clean] = [curatedOf(numbered(0, 13)), curatedOf(numbered(100, 30))];
    expect([step.apply(dirty), step.apply(clean)]).toEqual([undefined, undefined]);
    expect([Object.keys(dirty.tags), Object.keys(clean.tags)]).toEqual([["decontaminate"], []]);
  });

  test("takes n-grams of another length", async () => {
    const step = await open({ decontaminate: [fileOf(numbered(0, 20))], decontaminateNgram: 5 });
    expect(step.apply(curatedOf(numbered(3, 5)))?.score).toBe(1);
  });
});
