/** Goal: each text gets its language, and no text passes as an allowed language that it may not be in. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { eld } from "eld/large";
import * as v from "valibot";
import { openEld } from "../../../src/curate/classifiers/language/eld.ts";
import openLanguage from "../../../src/curate/classifiers/language.ts";
import { CurateSettings } from "../../../src/curate/config.ts";
import { curatedOf } from "../../support/curated.ts";

interface Row {
  language: string;
  knownToEld: boolean;
  text: string;
}

/** Article 1 of the Universal Declaration of Human Rights, in 57 languages of eld's 60 and 15 others. */
const rows: Row[] = (await Bun.file(join(import.meta.dir, "../../../fixtures/curate/languages.jsonl")).text())
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const known = rows.filter(({ knownToEld }) => knownToEld);
const english = known.find(({ language }) => language === "en")!.text;
const french = known.find(({ language }) => language === "fr")!.text;

const open = (settings: v.InferInput<typeof CurateSettings>) => openLanguage(v.parse(CurateSettings, settings));

describe("the built-in detector", () => {
  test("scores a text of one piece exactly as eld does", async () => {
    const detector = await openEld();
    const texts = rows.flatMap(({ text }) => [text, text.slice(0, 40), text.slice(7, 25), text.toUpperCase()]);
    texts.push("don't ’tis", "x'", "''", "a", "ab", "abc", "abcd", "abcde", "w".repeat(90), `${"é".repeat(60)} end`);
    for (const text of texts.filter(({ length }) => length <= 400)) {
      const theirs = eld.detect(text);
      const { best, bestMean } = detector.rank(text);
      expect([text, best === -1 ? "" : detector.languages[best]]).toEqual([text, theirs.language]);
      if (best !== -1) expect(bestMean / (bestMean + 25)).toBeCloseTo(theirs.getScores()[theirs.language]!, 12);
    }
  });

  test("knows every language of the fixture that it should know, with certainty over 0.65", async () => {
    const detector = await openEld();
    expect(known).toHaveLength(57);
    for (const { language, text } of known) {
      const guess = detector.detect(text);
      expect([language, guess.score > 0.65]).toEqual([guess.language, true]);
    }
  });

  test("is uncertain of most languages that it does not know", async () => {
    const detector = await openEld();
    const unknown = rows.filter(({ knownToEld }) => !knownToEld);
    const certain = unknown.filter(({ text }) => detector.detect(text).score >= 0.65);
    expect(unknown).toHaveLength(15);
    expect(certain.map(({ language }) => language)).toEqual([]);
  });

  test("looks at the whole of a long text, not at its beginning", async () => {
    const detector = await openEld();
    expect(detector.detect(french + ` ${english}`.repeat(40)).language).toBe("en");
    expect(detector.detect(`${english} `.repeat(40) + french).language).toBe("en");
  });
});

describe("the step", () => {
  test("labels, and drops nothing, without a list of languages", async () => {
    const step = await open({});
    for (const [text, language] of [
      [french, "fr"],
      ["Hi", "und"],
    ] as const) {
      const item = curatedOf(text);
      expect(step.apply(item)).toBeUndefined();
      expect(item.tags.language).toBe(language);
    }
  });

  test("keeps allowed languages only", async () => {
    const step = await open({ languages: ["en", "de"] });
    const kept = known.filter(({ text }) => step.apply(curatedOf(text)) === undefined).map(({ language }) => language);
    expect(kept.sort()).toEqual(["de", "en"]);
    expect(step.apply(curatedOf(french))).toMatchObject({ step: "language", reason: "language-not-allowed" });
  });

  test.each(["", "Hello", "1234 5678", "== -- ==", "👩‍👩‍👧‍👦"])(
    "does not pass %p, which has no language to tell, as English",
    async (text) => {
      const item = curatedOf(text);
      const drop = (await open({ languages: ["en"] })).apply(item);
      expect(drop).toEqual({ step: "language", reason: "language-unknown", score: 0, limit: 0.65 });
      expect(item).toMatchObject({ tags: { language: "und" }, scores: { "language.score": 0 } });
    },
  );

  test("drops a guess below the threshold, naming both numbers", async () => {
    const latin = "Omnes homines dignitate et iure liberi et pares nascuntur, rationis et conscientiae participes sunt";
    const everything = [...(await openEld()).languages];
    const drop = (await open({ languages: everything })).apply(curatedOf(latin));
    expect(drop).toMatchObject({ reason: "language-uncertain", limit: 0.65 });
    expect(drop!.score).toBeLessThan(0.65);
    expect((await open({ languages: everything, minLanguageScore: 0 })).apply(curatedOf(latin))).toBeUndefined();
  });

  test("refuses a language that the model does not know, and names the near one", async () => {
    await expect(open({ languages: ["en", "eng"] })).rejects.toThrow('languages: the model does not know "eng"');
  });
});
