/** What every filter keeps to, whatever the text. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { CurateSettings } from "../../src/curate/config.ts";
import { filters } from "../../src/curate/filters/index.ts";
import type { Curated, Step } from "../../src/curate/step.ts";
import { curatedOf } from "../support/curated.ts";
import { nastyText } from "../support/nasty-text.ts";

const awkward: Record<string, string> = {
  empty: "",
  blank: " \n\t\n ",
  "one letter": "a",
  NUL: "\0",
  "NULs between words": "one\0two\0three ".repeat(40),
  "one huge line": "pump and valve ".repeat(20_000),
  "one huge word": "x".repeat(200_000),
  "a wall of punctuation": "=".repeat(50_000),
  "a wall of newlines": "\n".repeat(50_000),
  emoji: "👩‍👩‍👧‍👦🇩🇪 ".repeat(200),
  ideographs: "日本語の文章です。测试。".repeat(300),
  "Windows line ends": "The line.\r\nThe other line.\r\n".repeat(50),
};

/** Runs the rules of filters over one entry; `settings` are what it needs to open. */
export function describeFilter(name: string, settings: v.InferInput<typeof CurateSettings> = {}): void {
  const open = async (): Promise<Step> => (await filters.load(name))(v.parse(CurateSettings, settings));

  describe(`every filter: ${name}`, () => {
    test("goes by the name that it is registered under", async () => {
      expect((await open()).name).toBe(name);
    });

    for (const [kind, text] of Object.entries(awkward)) {
      test(`measures ${kind} in finite numbers under its own name`, async () => {
        expectSound(await open(), curatedOf(text));
      });
    }

    test("measures any well-formed text in finite numbers, the same each time", async () => {
      const [one, other] = [await open(), await open()];
      fc.assert(
        fc.property(nastyText, (text) => {
          const first = curatedOf(text);
          const dropped = expectSound(one, first);
          one.apply(curatedOf("Another text that comes between the two."));
          const second = curatedOf(text);
          expect([other.apply(second), second]).toEqual([dropped, first]);
        }),
        { numRuns: 100 },
      );
    });

    test("keeps the text well-formed and no longer than before", async () => {
      const step = await open();
      fc.assert(
        fc.property(nastyText, (text) => {
          const item = curatedOf(text);
          step.apply(item);
          expect(item.text.isWellFormed()).toBe(true);
          expect(item.text.length).toBeLessThanOrEqual(text.length);
          expect(item.document.text).toBe(text);
        }),
        { numRuns: 100 },
      );
    });
  });
}

function expectSound(step: Step, item: Curated) {
  const drop = step.apply(item);
  for (const [key, score] of Object.entries(item.scores)) {
    expect(key.startsWith(`${step.name}.`)).toBe(true);
    expect(Number.isFinite(score)).toBe(true);
  }
  if (drop) {
    expect(drop.step).toBe(step.name);
    expect(drop.reason).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    if (drop.limit !== undefined) expect(Number.isFinite(drop.score)).toBe(true);
  }
  return drop;
}
