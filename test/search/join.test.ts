/** Neighbouring passages as one hit: which are joined, what the hit shows, and that nothing is lost. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChunkRecord } from "../../src/core/record.ts";
import { joinNeighbours } from "../../src/search/join.ts";
import { record } from "../store/rows.ts";

/** Passages of ten characters of the alphabet, each repeating the last three of the one before. */
function passage(doc: string, seq: number): ChunkRecord {
  const letters = "abcdefghijklmnopqrstuvwxyz".repeat(20);
  const start = seq === 0 ? 0 : seq * 10 - 3;
  const end = seq * 10 + 10;
  const text = letters.slice(start, end);
  return {
    ...record(doc, text),
    id: `${doc} ${seq}`,
    seq,
    start,
    end,
    startLine: seq + 1,
    endLine: seq + 2,
    tokens: 5,
  };
}

function join(rows: readonly (readonly [string, number])[], joining: ReadonlySet<string> = new Set(["documents"])) {
  const records = new Map(rows.map(([doc, seq]) => [`${doc} ${seq}`, passage(doc, seq)]));
  const ranked = rows.map(([doc, seq]) => ({ id: `${doc} ${seq}` }));
  return joinNeighbours(ranked, ({ id }) => ({ record: records.get(id)!, table: "documents" }), joining);
}

const idsOf = (shown: ReturnType<typeof join>) =>
  shown.map(({ record, passages }) => (passages ?? [record]).map(({ id }) => id));

describe("passages side by side", () => {
  test("are one hit at the better one's place, in the document's order", () => {
    const shown = join([
      ["a", 3],
      ["b", 0],
      ["a", 2],
      ["a", 4],
      ["b", 5],
    ]);
    expect(idsOf(shown)).toEqual([["a 2", "a 3", "a 4"], ["b 0"], ["b 5"]]);
    const [hit] = shown;
    expect(hit!.row.id).toBe("a 3");
    expect(hit!.record.id).toBe("a 3");
    // Letters 17 to 49 of the alphabet over and over: what passages repeat of each other stands there once.
    expect(hit!.record.text).toBe("rstuvwxyzabcdefghijklmnopqrstuvwx");
    expect([hit!.record.startLine, hit!.record.endLine, hit!.record.tokens]).toEqual([3, 6, 15]);
  });

  test("are at most three in one hit", () => {
    expect(
      idsOf(
        join([
          ["a", 1],
          ["a", 2],
          ["a", 3],
          ["a", 4],
          ["a", 5],
        ]),
      ),
    ).toEqual([
      ["a 1", "a 2", "a 3"],
      ["a 4", "a 5"],
    ]);
  });

  test("stay apart in different documents, and in tables that do not join", () => {
    expect(
      idsOf(
        join([
          ["a", 0],
          ["b", 1],
        ]),
      ),
    ).toEqual([["a 0"], ["b 1"]]);
    expect(
      idsOf(
        join(
          [
            ["a", 0],
            ["a", 1],
          ],
          new Set(),
        ),
      ),
    ).toEqual([["a 0"], ["a 1"]]);
  });

  test("stay apart behind the fiftieth row", () => {
    const others = Array.from({ length: 49 }, (_, i) => [`x${i}`, 0] as const);
    expect(idsOf(join([["a", 0], ...others, ["a", 1]])).at(-1)).toEqual(["a 1"]);
    expect(idsOf(join([["a", 0], ...others.slice(1), ["a", 1]]))[0]).toEqual(["a 0", "a 1"]);
  });

  test("whose text a chunker changed keep all of it", () => {
    const one = { ...record("a", "first part"), id: "1", seq: 0, start: 0, end: 400 };
    const two = { ...record("a", "second part"), id: "2", seq: 1, start: 300, end: 500 };
    const shown = joinNeighbours(
      [{ id: "1" }, { id: "2" }],
      ({ id }) => ({ record: id === "1" ? one : two, table: "t" }),
      new Set(["t"]),
    );
    expect(shown[0]!.record.text).toBe("first part\nsecond part");
  });

  test("are in one hit each, whatever the ranking; more hits change none before them", () => {
    const rows = fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(20)), {
      selector: ([doc, seq]) => `${doc} ${seq}`,
      maxLength: 60,
    });
    fc.assert(
      fc.property(rows, fc.nat(60), (ranking, cut) => {
        const shown = join(ranking);
        expect(idsOf(shown).flat().sort()).toEqual(ranking.map(([doc, seq]) => `${doc} ${seq}`).sort());
        for (const { passages = [] } of shown) {
          expect(
            passages.every(
              ({ doc, seq }, i) => i === 0 || (doc === passages[i - 1]!.doc && seq === passages[i - 1]!.seq + 1),
            ),
          ).toBe(true);
        }
        const fewer = join(ranking.slice(0, cut));
        expect(shown.slice(0, fewer.length).map(({ row }) => row)).toEqual(fewer.map(({ row }) => row));
      }),
    );
  });
});
