/** Goal: what a text repeats is cut where it comes again, to the character, and nothing is lost altogether. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { applyCuts, readCuts } from "../../../../src/curate/dedup/dedup.ts";
import { findCopies, type Wanted } from "../support/find.ts";
import { wordsOf } from "../support/texts.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mdp-parts-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function cutTexts(texts: readonly string[], wanted: Wanted) {
  const found = await findCopies(folder, texts, wanted);
  const cuts = [...readCuts(found.cutsPath!)];
  const rest = [...texts];
  for (const { doc, cuts: stretches } of cuts) rest[doc] = applyCuts(texts[doc]!, stretches);
  return { found, cuts, rest };
}

describe("sentences", () => {
  const span = "The first one. Here is a second! And, “a third”?";

  test("cuts a span of three that an earlier text has, whatever its case and line breaks", async () => {
    const again = "Own start. the FIRST one.\nHere is a second!  And a third?! Own end.";
    const { rest, cuts, found } = await cutTexts([`${span} More.`, again], { method: ["sentences"] });
    expect(rest).toEqual([`${span} More.`, "Own start.  Own end."]);
    const start = again.indexOf("the");
    const end = again.indexOf(" Own end");
    expect(cuts).toEqual([{ doc: 1, cuts: [{ start, end, partner: 0, method: "sentences" }] }]);
    expect(found).toMatchObject({ cutDocuments: 1, counts: { sentences: 1 } });
  });

  test("leaves two sentences that are repeated, and joins spans that overlap", async () => {
    const two = "The first one. Here is a second! New.";
    const four = `${span} A fourth.`;
    const { rest, cuts } = await cutTexts([four, two, `New start. ${four} End.`], { method: ["sentences"] });
    expect(rest).toEqual([four, two, "New start.  End."]);
    expect(cuts[0]!.cuts).toHaveLength(1);
  });

  test("cuts what a text repeats of itself, and leaves the first", async () => {
    const { rest } = await cutTexts([`${span} Between. ${span}`], { method: ["sentences"] });
    expect(rest[0]).toBe(`${span} Between. `);
  });

  test("cuts a text that is one sentence over and over down to one span", async () => {
    const { rest } = await cutTexts(["Again and again. ".repeat(150_000)], { method: ["sentences"] });
    expect(rest[0]!.trim()).toBe("Again and again.");
  });

  test("takes ideographic marks and lines for ends of sentences", async () => {
    const spanned = "一つ目です。二つ目です！三つ目です？";
    const { rest } = await cutTexts([spanned, `はじめ。${spanned}おわり。`, "a b\nc d\ne f\ng", "c d\ne f\ng\nh"], {
      method: ["sentences"],
    });
    expect(rest[1]).toBe("はじめ。おわり。");
    expect(rest[3]).toBe("h");
  });

  test("keeps a span whose first place is in a document that was removed", async () => {
    const first = `${span} ${wordsOf("x", 30).join(" ")}.`;
    const texts = [`Head. ${wordsOf("y", 30).join(" ")}.`, first, first.toUpperCase(), `Other start. ${span}`];
    const { rest, found } = await cutTexts(texts, { method: ["exact", "sentences"] });
    expect(found.counts).toMatchObject({ exact: 1, sentences: 1 });
    expect(rest[2]).toBe(texts[2]!);
    expect(rest[3]).toBe("Other start. ");
  });
});

describe("substring", () => {
  const settings: Wanted = { method: ["substring"], minSubstringTokens: 20 };
  const run = (count: number) => wordsOf("shared", count).join(" ");

  test("cuts a run of the shortest length exactly, and no shorter one", async () => {
    const own = (name: string) => wordsOf(name, 15).join(" ");
    const texts = [
      `${own("a")} ${run(40)} ${own("b")}`,
      `${own("c")}, ${wordsOf("shared", 40).slice(7, 27).join("; ").toUpperCase()}. ${own("d")}`,
      `${own("e")} ${wordsOf("shared", 40).slice(7, 26).join(" ")} ${own("f")}`,
    ];
    const { rest, cuts } = await cutTexts(texts, settings);
    expect(rest).toEqual([texts[0]!, `${own("c")}, . ${own("d")}`, texts[2]!]);
    expect(cuts[0]!.cuts[0]).toMatchObject({ partner: 0, method: "substring" });
  });

  test("finds a run of any length from the shortest on, anywhere in a text", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 20, max: 70 }),
        fc.nat(60),
        fc.nat(40),
        async (a, length, b, c) => {
          const words = wordsOf("shared", length).join(" ");
          const before = wordsOf("own", b).join(" ");
          const after = wordsOf("end", c).join(" ");
          const { rest } = await cutTexts(
            [`${wordsOf("pre", a).join(" ")} ${words} z`, `${before} ${words} ${after}`],
            settings,
          );
          expect(rest[1]!.split(" ").filter(Boolean)).toEqual([...wordsOf("own", b), ...wordsOf("end", c)]);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("of a text that repeats itself at every distance, one stretch stays", async () => {
    const texts = ["a b ".repeat(60_000), `c ${"b a ".repeat(60_000)}`];
    const { rest } = await cutTexts(texts, { method: ["substring"], minSubstringTokens: 50 });
    expect(rest[0]!.split(" ").filter(Boolean).length).toBeLessThan(100);
    expect(rest[1]!.split(" ").filter(Boolean)).toEqual(["c"]);
  });

  test("of any texts over few words, no run of the shortest length is left twice, and each word stays somewhere", async () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c"), { minLength: 0, maxLength: 120 })
      .map((words) => words.join(" "));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (texts) => {
        const { rest, cuts } = await cutTexts(texts, { method: ["substring"], minSubstringTokens: 10 });
        const all = new Set(texts.flatMap((content) => content.split(" ")));
        expect(new Set(rest.flatMap((content) => content.split(" ").filter(Boolean)))).toEqual(
          new Set([...all].filter(Boolean)),
        );
        for (const { doc, cuts: stretches } of cuts) {
          for (const { start, end } of stretches) {
            // What is cut stands in an earlier text, or earlier in the same.
            const words = texts[doc]!.slice(start, end).split(" ");
            const earlier = [...texts.slice(0, doc), texts[doc]!.slice(0, end - 1)].map((content) => ` ${content} `);
            for (let i = 0; i + 10 <= words.length; i++) {
              const window = ` ${words.slice(i, i + 10).join(" ")} `;
              expect(earlier.some((content) => content.includes(window.trimEnd()))).toBe(true);
            }
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});
