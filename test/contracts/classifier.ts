/** What every classifier keeps to, whatever the text. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { classifiers } from "../../src/curate/classifiers/index.ts";
import { CurateSettings } from "../../src/curate/config.ts";
import type { Step } from "../../src/curate/step.ts";
import { curatedOf } from "../support/curated.ts";
import { nastyText } from "../support/nasty-text.ts";

const awkward: Record<string, string> = {
  empty: "",
  blank: " \n\t\n ",
  "one letter": "a",
  NUL: "\0",
  "one huge line": "pump and valve ".repeat(20_000),
  "one huge word": "x".repeat(200_000),
  "a wall of punctuation": "=".repeat(50_000),
  "a wall of stand-in signs": "$1!|@*".repeat(10_000),
  emoji: "👩‍👩‍👧‍👦🇩🇪 ".repeat(200),
  ideographs: "日本語の文章です。测试。".repeat(300),
  "combining marks": `e${"\u0301".repeat(10_000)}`,
  "Windows line ends": "The line.\r\nThe other line.\r\n".repeat(50),
};

/** Runs the rules of classifiers over one entry; `settings` are what it needs to open. */
export function describeClassifier(name: string, settings: v.InferInput<typeof CurateSettings> = {}): void {
  const open = async (): Promise<Step> => (await classifiers.load(name))(v.parse(CurateSettings, settings));

  describe(`every classifier: ${name}`, () => {
    test("goes by the name that it is registered under", async () => {
      expect((await open()).name).toBe(name);
    });

    test.each(Object.entries(awkward))(
      "takes %s: finite scores under its own name, the text untouched",
      async (_, text) => {
        expectSound(await open(), text);
      },
    );

    test("takes any well-formed text, and its result depends on that text alone", async () => {
      const [one, other] = [await open(), await open()];
      fc.assert(
        fc.property(nastyText, (text) => {
          const first = expectSound(one, text);
          one.apply(curatedOf("Another text that comes between the two."));
          expect(expectSound(other, text)).toEqual(first);
          expect(expectSound(one, text)).toEqual(first);
        }),
        { numRuns: 100 },
      );
    });
  });
}

function expectSound(step: Step, text: string) {
  const item = curatedOf(text);
  const drop = step.apply(item);
  expect(item.text).toBe(text);
  for (const [key, score] of Object.entries(item.scores)) {
    expect(key.startsWith(`${step.name}.`)).toBe(true);
    expect(Number.isFinite(score)).toBe(true);
  }
  for (const key of Object.keys(item.tags)) expect(key.split(".")[0]).toBe(step.name);
  if (drop) {
    expect(drop.step).toBe(step.name);
    expect(drop.reason).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    if (drop.limit !== undefined) expect(Number.isFinite(drop.score)).toBe(true);
  }
  return { drop, scores: item.scores, tags: item.tags };
}
