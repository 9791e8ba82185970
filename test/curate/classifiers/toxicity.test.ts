/** Goal: listed words are found however they are disguised, harmless ones are not, and nothing is ever dropped. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { scanText } from "../../../src/curate/classifiers/toxicity/scan.ts";
import { kinds, listedForms } from "../../../src/curate/classifiers/toxicity/words.ts";
import openToxicity from "../../../src/curate/classifiers/toxicity.ts";
import { CurateSettings } from "../../../src/curate/config.ts";
import { curatedOf } from "../../support/curated.ts";
import { nastyText } from "../../support/nasty-text.ts";

const step = await openToxicity(v.parse(CurateSettings, { toxicity: "score" }));
const hits = (text: string) => scanText(text).hits.reduce((sum, count) => sum + count, 0);

describe("the word list", () => {
  test.each(["damn", "DAMN", "Damn!", "dàmn", "da\u0301mn", "d@mn", "d4mn", "dam\u00adn", "daaaamn", "d*mn", "(damn)"])(
    "finds %p",
    (text) => {
      expect(hits(`well, ${text} it`)).toBe(1);
    },
  );

  test.each(["1diot", "id!ot", "IDIOT", "idiots", "ｉｄｉｏｔ"])("finds %p", (text) => {
    expect(hits(text)).toBe(1);
  });

  test.each([
    "Scunthorpe",
    "classic assassin",
    "Galaxy A55",
    "*ship*",
    "Dampf",
    "crêpe",
    "mass",
    "idiotic",
    "$$$",
    "!!!",
    "put4",
    "$pic",
    "Gookin",
    "cum laude",
  ])("leaves %p alone", (text) => {
    expect(hits(text)).toBe(0);
  });

  test("counts a pair only when its words follow each other", () => {
    expect(hits("go  die")).toBe(1);
    expect(hits("go and die; die, go; going to die")).toBe(0);
  });

  test("reads the two letters of a sharp s, and of its replacement", () => {
    expect(hits("scheiße SCHEISSE Scheisse")).toBe(3);
  });

  test("finds every listed form in any case, as a word of its own only", () => {
    const forms = [...listedForms()];
    expect(forms.length).toBeGreaterThan(300);
    for (const { form, kind } of forms) {
      for (const text of [form, form.toUpperCase(), `("${form}",`]) {
        expect([form, scanText(text).hits[kinds.indexOf(kind)]]).toEqual([form, 1]);
      }
      expect([form, hits(`${form.replace(" ", "")}qqx`)]).toEqual([form, 0]);
    }
  });

  test("names no listed word in its source", async () => {
    const source = await Bun.file(new URL("../../../src/curate/classifiers/toxicity/words.ts", import.meta.url)).text();
    const present = new Set(source.toLowerCase().split(/[^a-z]+/));
    expect([...listedForms()].filter(({ form }) => present.has(form))).toEqual([]);
  });

  test("finds as much in two texts with a line between them as in each", () => {
    const spiced = fc.array(fc.oneof(nastyText, fc.constantFrom("damn", " idiot ", " D4MN ", " go ", " die ")), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(spiced, spiced, (a, b) => {
        const [left, right] = [a.join(""), b.join("")];
        expect(hits(`${left}\n;x;\n${right}`)).toBe(hits(left) + hits(right));
      }),
      { numRuns: 200 },
    );
  });
});

describe("the step", () => {
  test("scores 0 and tags nothing where there is nothing", () => {
    const item = curatedOf("A pump moves water from the well to the tank.");
    expect(step.apply(item)).toBeUndefined();
    expect(item).toMatchObject({ scores: { "toxicity.score": 0, "toxicity.words": 0 }, tags: {} });
  });

  test("scores by weight per word: 1 - exp(-50 · weight / words), and tags the kinds, gravest first", () => {
    const item = curatedOf(`${"word ".repeat(98)}damn idiot`);
    step.apply(item);
    expect(item.scores["toxicity.score"]).toBeCloseTo(1 - Math.exp((-50 * 0.75) / 100), 12);
    expect(item.scores["toxicity.words"]).toBe(2);
    expect(item.tags.toxicity).toEqual(["insult", "profanity"]);
  });

  test("keeps even the worst text: a word list only scores", () => {
    const worst = [...listedForms()].map(({ form }) => form).join(" ");
    const item = curatedOf(worst);
    expect(step.apply(item)).toBeUndefined();
    expect(item.scores["toxicity.score"]).toBeGreaterThan(0.99);
  });

  test("refuses to pretend that it drops", async () => {
    await expect(openToxicity(v.parse(CurateSettings, { toxicity: "drop" }))).rejects.toThrow("drop needs a model");
  });
});
