/** What every modifier keeps, whatever the text: run over each entry of the registry. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { CurateSettings } from "../../src/curate/config.ts";
import { modifiers } from "../../src/curate/modifiers/index.ts";
import type { Curated, Step } from "../../src/curate/step.ts";
import { documentOf } from "../support/documents.ts";
import { nastyText } from "../support/nasty-text.ts";

/** Settings of `curate`, the defaults but for what is given. */
export function settingsOf(given: Partial<CurateSettings> = {}): CurateSettings {
  return v.parse(CurateSettings, given);
}

/** A document with this text, on its way. */
export function curated(text: string): Curated {
  return { document: documentOf(text, "text"), text, scores: {}, tags: {} };
}

/** A step applied to one text, which it must not drop. */
export function applied(step: Step, text: string): Curated {
  const item = curated(text);
  expect(step.apply(item)).toBeUndefined();
  return item;
}

/** `fragments` are pieces of text that the modifier has something to do with; random texts are put together of them. */
export function describeModifier(name: string, fragments: readonly string[], given: Partial<CurateSettings> = {}) {
  const open = async () => (await modifiers.load(name))(settingsOf(given));
  const text = fc
    .array(fc.oneof(fc.constantFrom(...fragments, " ", "\n", ", ", ".", "-", ""), nastyText), { maxLength: 12 })
    .map((parts) => parts.join(""));

  describe(`every modifier: ${name} ${JSON.stringify(given)}`, () => {
    test("has its name, and leaves an empty text alone", async () => {
      const step = await open();
      expect(step.name).toBe(name);
      expect(applied(step, "").text).toBe("");
    });

    test("leaves plain prose as it is", async () => {
      const prose = "The harbour was quiet, and nobody had asked.\n\nWe left at dawn; the road was 12 miles long.\n";
      const item = applied(await open(), prose);
      expect(item.text).toBe(prose);
      expect(item.tags).toEqual({});
    });

    test("takes NUL and other controls for text", async () => {
      const { text } = applied(await open(), "a\0b\u0001c\n\0\n");
      expect(text.replace(/[\0\u0001]/g, "")).toBe("abc\n\n");
    });

    test("applied twice is as applied once; the text stays well formed, equal texts give equal results", async () => {
      const [step, other] = [await open(), await open()];
      fc.assert(
        fc.property(text, (source) => {
          const once = applied(step, source.toWellFormed());
          expect(once.text.isWellFormed()).toBe(true);
          const again = { ...once, scores: { ...once.scores }, tags: { ...once.tags } };
          expect(step.apply(again)).toBeUndefined();
          expect(again).toEqual(once);
          expect(applied(other, source.toWellFormed())).toEqual(once);
        }),
        { numRuns: 200 },
      );
    });

    test("gives numbers as scores, under its own name", async () => {
      const { scores } = applied(await open(), fragments.join("\n"));
      expect(Object.keys(scores).length).toBeGreaterThan(0);
      for (const [key, score] of Object.entries(scores)) {
        expect(key.startsWith(`${name}.`)).toBe(true);
        expect(Number.isFinite(score)).toBe(true);
      }
    });
  });
}
