/** Goal: every line is a row or a counted reject, and no anchor is both learned from and asked about. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { holdOut, readContrastiveRows } from "../../../src/train/contrastive/rows.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "pairs.jsonl");

async function read(...lines: string[]) {
  writeFileSync(path, lines.join("\n"));
  return readContrastiveRows(path);
}

describe("rows", () => {
  test("have an anchor and a positive, under either name, and negatives as one or many", async () => {
    const { rows, rejects } = await read(
      '{"anchor": "a", "positive": "p"}',
      "",
      '{"query": " q ", "document": "d", "negative": "n", "id": 3}\r',
      '{"anchor": "a", "positive": "p", "negative": ["m", "n"]}',
    );
    expect(rows).toEqual([
      { anchor: "a", positive: "p", negatives: [] },
      { anchor: "q", positive: "d", negatives: ["n"] },
      { anchor: "a", positive: "p", negatives: ["m", "n"] },
    ]);
    expect(rejects).toEqual([]);
  });

  test.each([
    ["{", "the line is not valid JSON"],
    ["3", "Invalid type: Expected Object but received 3"],
    ['{"positive": "p"}', 'the row has neither "anchor" nor "query"'],
    ['{"anchor": "a"}', 'the row has neither "positive" nor "document"'],
    ['{"anchor": "a", "positive": "  "}', "positive: a text is empty"],
    ['{"anchor": 1, "positive": "p"}', "anchor: Invalid type: Expected string but received 1"],
  ])("%s is a reject with its place and reason", async (line, message) => {
    const { rows, rejects } = await read('{"anchor": "a", "positive": "p"}', line);
    expect(rows).toHaveLength(1);
    expect(rejects).toEqual([{ where: `${path}:2`, message }]);
  });

  test("of a file that is not there are an error that names it", async () => {
    await expect(readContrastiveRows(join(folder, "none"))).rejects.toMatchObject({ code: "not-found" });
  });
});

test("a share of the anchors is held out with all of its rows, the same for a seed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ anchor: fc.string({ maxLength: 2 }), positive: fc.string() })),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(),
      (pairs, share, seed) => {
        const rows = pairs.map((pair) => ({ ...pair, negatives: [] }));
        const { train, held } = holdOut(rows, share, seed);
        const learned = new Set(train.map(({ anchor }) => anchor));
        const asked = new Set(held.map(({ anchor }) => anchor));
        expect([...asked].filter((anchor) => learned.has(anchor))).toEqual([]);
        expect(train.length + held.length).toBe(rows.length);
        expect(asked.size).toBe(Math.round((asked.size + learned.size) * share));
        expect(holdOut(rows, share, seed)).toEqual({ train, held });
      },
    ),
  );
});
