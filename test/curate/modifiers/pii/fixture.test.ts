/** Goal: of labelled lines nearly all personal data is found, to the character, and nearly nothing else. */
import { describe, expect, test } from "bun:test";
import { fixture, type Labelled, piiLines } from "../../../../scripts/fixtures/pii.ts";
import { findPii } from "../../../../src/curate/modifiers/pii/find.ts";

const lines: Labelled[] = (await Bun.file(fixture).text())
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

interface Counts {
  hits: number;
  wrong: number;
  missed: number;
}

function count(kind: string): Counts {
  const counts = { hits: 0, wrong: 0, missed: 0 };
  for (const { text, spans } of lines) {
    const wanted = new Set(spans.filter((span) => span.kind === kind).map(({ start, end }) => `${start}-${end}`));
    const found = findPii(text).filter((span) => span.kind === kind);
    const hits = found.filter(({ start, end }) => wanted.has(`${start}-${end}`)).length;
    counts.hits += hits;
    counts.wrong += found.length - hits;
    counts.missed += wanted.size - hits;
  }
  return counts;
}

describe("the labelled lines", () => {
  test("are what the script makes of the lines by hand and of other libraries' values", async () => {
    expect(lines).toEqual(await piiLines());
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.filter(({ spans }) => spans.length === 0).length).toBeGreaterThan(150);
  });

  test.each([
    ["email", 0.98],
    ["card", 0.98],
    ["iban", 0.98],
    ["ssn", 0.98],
    ["national-id", 0.98],
    ["ip", 0.98],
    ["phone", 0.95],
    ["secret", 0.95],
    ["address", 0.8],
  ])("%s: precision and recall are at least %d", (kind, target) => {
    const { hits, wrong, missed } = count(kind);
    expect(hits).toBeGreaterThan(10);
    expect(hits / (hits + wrong)).toBeGreaterThanOrEqual(target);
    expect(hits / (hits + missed)).toBeGreaterThanOrEqual(target);
  });

  test("have spans in order, none touching another's characters, each of the text", () => {
    for (const { text } of lines) {
      let end = 0;
      for (const span of findPii(text)) {
        expect(span.start).toBeGreaterThanOrEqual(end);
        expect(span.end).toBeGreaterThan(span.start);
        end = span.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }
  });
});
