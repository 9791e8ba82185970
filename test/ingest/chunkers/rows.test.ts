/** Goal: a row is one chunk where it fits, else it is cut between its fields. */
import { describe, expect, test } from "bun:test";
import rows from "../../../src/ingest/chunkers/rows.ts";
import { describeChunker } from "../../contracts/chunker.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

describeChunker(rows, ["csv", "jsonl"]);

describe("row chunks", () => {
  test("a row within the limit is one chunk, whatever its sentences", () => {
    const row = "name: Ada\nnote: She came. She left.\n\nplace: Here";
    const chunks = [...rows.chunk(documentOf(row, "csv"), { tokens: pieces, maxTokens: 60, overlapTokens: 10 })];
    expect(chunks.map((chunk) => chunk.text)).toEqual([row]);
  });

  test("a larger row is cut between fields where they fit", () => {
    const row = Array.from({ length: 12 }, (_, n) => `field_${n}: A value. And more of it.`).join("\n");
    const chunks = [...rows.chunk(documentOf(row, "csv"), { tokens: pieces, maxTokens: 40, overlapTokens: 0 })];
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) expect(chunk.text).toMatch(/^field_\d+:/);
  });
});
