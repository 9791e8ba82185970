/** Goal: the entries of a log stay whole where they fit, with the lines below them. */
import { describe, expect, test } from "bun:test";
import entries from "../../../src/ingest/chunkers/entries.ts";
import { describeChunker } from "../../contracts/chunker.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

describeChunker(entries, ["log"]);

describe("chunks of logs", () => {
  test("begin with an entry, and a stack trace stays with its entry", () => {
    const trace = "Traceback:\n  File a.py, line 1\n\n  File b.py, line 2\nOSError: closed";
    const log = Array.from(
      { length: 12 },
      (_, n) => `2026-03-01 06:00:${10 + n} ERROR reading ${n} failed\n${trace}\n`,
    ).join("");
    const chunks = [...entries.chunk(documentOf(log, "log"), { tokens: pieces, maxTokens: 90, overlapTokens: 0 })];
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) {
      expect(chunk.text).toMatch(/^2026-03-01 06:00:\d\d ERROR/);
      expect(chunk.text.trimEnd()).toEndWith("OSError: closed");
    }
  });
});
