/** The filters of `--preset small`, on texts whose measures can be counted by hand. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { UsageError } from "../../../src/core/errors.ts";
import { openChain } from "../../../src/curate/chain.ts";
import { CurateSettings } from "../../../src/curate/config.ts";
import { curatedOf } from "../../support/curated.ts";

async function run(filter: string, text: string, settings: v.InferInput<typeof CurateSettings> = {}) {
  const chain = await openChain(v.parse(CurateSettings, { ...settings, filters: [filter] }));
  const item = curatedOf(text);
  return { drop: chain.apply(item), scores: item.scores };
}

describe("length", () => {
  test("counts code points, not UTF-16 units", async () => {
    expect((await run("length", "a👍é")).scores).toEqual({ "length.characters": 3 });
  });

  test.each([
    [49, "too-short"],
    [50, undefined],
    [100_000, undefined],
    [100_001, "too-long"],
  ])("of %d characters gives the reason %p", async (length, reason) => {
    expect((await run("length", "x".repeat(length))).drop?.reason).toBe(reason);
  });

  test("names the score and the limit that it broke", async () => {
    expect((await run("length", "short", { minChars: 6 })).drop).toEqual({
      step: "length",
      reason: "too-short",
      score: 5,
      limit: 6,
    });
  });
});

describe("words", () => {
  test.each([
    ["It's 3.14 o'clock", 6],
    ["über-naïve cafe\u0301", 3],
    ["日本語の文章です。", 1],
    ["", 0],
    ["--- *** ---", 0],
    ["𝒜𝒷 𝟙𝟚", 2],
  ])("in %p number %d", async (text, words) => {
    expect((await run("words", text)).scores).toEqual({ "words.words": words });
  });

  test.each([
    [9, "too-few-words"],
    [10, undefined],
    [50_000, undefined],
    [50_001, "too-many-words"],
  ])("%d give the reason %p", async (count, reason) => {
    expect((await run("words", "pump ".repeat(count))).drop?.reason).toBe(reason);
  });
});

describe("unique-words", () => {
  test("ignores case", async () => {
    expect((await run("unique-words", "The the THE Über über a")).scores).toEqual({ "unique-words.share": 3 / 6 });
  });

  test("drops a share that only reaches the limit, and keeps one above it", async () => {
    const ten = `${"same ".repeat(10)}`;
    expect((await run("unique-words", ten)).drop?.reason).toBe("too-few-unique-words");
    expect((await run("unique-words", `${"same ".repeat(9)}`)).drop).toBeUndefined();
  });
});

describe("special-chars", () => {
  test("counts what is neither letter, mark, digit nor space", async () => {
    expect((await run("special-chars", "e\u0301 1\u00a0#%\0👍")).scores).toEqual({ "special-chars.share": 4 / 9 });
  });

  test("drops a share that reaches the limit, and keeps one below it", async () => {
    expect((await run("special-chars", "abcdefg!!!")).drop?.reason).toBe("too-many-special-characters");
    expect((await run("special-chars", "abcdefgh!!")).drop).toBeUndefined();
  });
});

describe("thresholds", () => {
  test("change one limit of one filter", async () => {
    expect((await run("words", "one two", { thresholds: ["words.minWords=2"] })).drop).toBeUndefined();
    expect((await run("words", "one two", { thresholds: ["length.minChars=2"] })).drop?.limit).toBe(10);
  });

  test.each([
    ["wrds.minWords=2", /unknown filter "wrds"/, /did you mean "words"\?.*known: .*unique-words/],
    ["words.minWord=2", /unknown limit of words "minWord"/, /known: minWords, maxWords/],
    ["words.minWords", /not a changed limit/, /step\.limit=number/],
    ["words.minWords=many", /not a changed limit/, /step\.limit=number/],
    ["words.minWords=", /not a changed limit/, /step\.limit=number/],
  ])("of the form %p are a usage error", async (threshold, message, hint) => {
    const error = await run("words", "", { thresholds: [threshold] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
    expect((error as UsageError).hint).toMatch(hint);
  });
});
