/** Goal: the fixture documents and the questions about them are what the tests that use them take for granted. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fieldManual, fieldManualPath } from "../scripts/fixtures/pdf.ts";
import { chunkerFor, chunkers } from "../src/ingest/chunkers/index.ts";
import { readQuestions } from "../src/search/evaluate/questions.ts";
import { readFile } from "./support/read.ts";
import { miniLm } from "./support/token-counters.ts";

const folder = join(import.meta.dir, "../fixtures/documents");
/** What a folder of documents usually holds; the other formats have their files in `fixtures/formats`. */
const KINDS = ["code", "csv", "html", "json", "jsonl", "markdown", "pdf", "rst", "text", "xml"];
const classes = ["exact", "paraphrase", "meaning", "formats"] as const;

const questions = await readQuestions(join(folder, "../evaluation/documents.jsonl"));
const files = [...new Bun.Glob("**/*").scanSync(folder)].sort();

describe("the questions", () => {
  test("expect files that exist, are asked once, and number at least six of each class", () => {
    for (const { answers } of questions)
      for (const { path } of answers) expect(existsSync(join(folder, path))).toBe(true);
    expect(new Set(questions.map(({ query }) => query)).size).toBe(questions.length);
    for (const name of classes) {
      expect(questions.filter(({ kind }) => kind === name).length).toBeGreaterThanOrEqual(6);
    }
  });
});

describe("the documents", () => {
  test("are read and cut without a reject, in every usual format, with every chunk within the limit", async () => {
    const tokens = await miniLm();
    const kinds = new Set<string>();
    for (const file of files) {
      const { documents, rejects } = await readFile(join(folder, file));
      expect({ file, rejects }).toEqual({ file, rejects: [] });
      expect(documents.length).toBeGreaterThan(0);
      for (const document of documents) {
        kinds.add(document.kind);
        const chunker = await chunkers.load(chunkerFor(document.kind));
        const chunks = [...chunker.chunk(document, { tokens, maxTokens: 200, overlapTokens: 30 })];
        expect(chunks.length).toBeGreaterThan(0);
        for (const chunk of chunks) expect(chunk.tokens).toBeLessThanOrEqual(200);
      }
    }
    expect([...kinds].sort()).toEqual(KINDS);
  });

  test("include one in UTF-16 and one in Windows-1252", async () => {
    const bytes = async (file: string) => new Uint8Array(await Bun.file(join(folder, file)).arrayBuffer());
    expect([...(await bytes("support/distributor-letter.txt")).slice(0, 2)]).toEqual([0xff, 0xfe]);
    expect([...(await bytes("support/visit-report.txt"))]).toContain(0x93);
  });

  test("include a PDF that is what its script writes", async () => {
    expect(await Bun.file(fieldManualPath).text()).toBe(fieldManual());
  });
});
