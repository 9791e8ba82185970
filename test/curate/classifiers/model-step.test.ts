/** Goal: a model's scores reach the right documents, by the right label, and only what breaks a limit goes. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Classifier } from "../../../src/core/ports.ts";
import { scoreBatch } from "../../../src/curate/classifiers/model-step.ts";
import { columnOf } from "../../../src/curate/classifiers/shared/label.ts";
import { openClassifier } from "../../../src/embed/classifier.ts";
import { curatedOf } from "../../support/curated.ts";

/** A classifier with the scores that each text spells out, e.g. `0.25 0.5`. */
const spelled = (labels: string[]): Classifier => ({
  name: "spelled",
  labels,
  classify: async (texts) => Float32Array.from(texts.flatMap((text) => text.split(" ").map(Number))),
  [Symbol.dispose]() {},
});

describe("the column of a measure", () => {
  test.each([
    ["toxicity", ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"], 0],
    ["toxicity", ["non-toxic", "toxic"], 1],
    ["toxicity", ["Neutral", "Rude"], 1],
    ["toxicity", ["LABEL_0", "LABEL_1"], 1],
    ["toxicity", ["HATE", "NOT-HATE"], 0],
    ["toxicity", ["severe", "Toxicity"], 1],
    ["quality", ["High", "Medium", "Low"], 0],
    ["quality", ["low_quality", "fine"], 1],
    ["quality", ["LABEL_0"], 0],
  ] as const)("%s of %p is number %p", (measure, labels, column) => {
    expect(columnOf(measure, labels, "model")).toBe(column);
  });

  test.each([
    ["toxicity", ["positive", "negative"]],
    ["toxicity", ["LABEL_0", "LABEL_1", "LABEL_2"]],
    ["quality", ["non-toxic", "toxic"]],
  ] as const)("%s of %p is an error that lists the labels", (measure, labels) => {
    expect(() => columnOf(measure, labels, "model")).toThrow(
      `which label of the model means ${measure}? It has ${labels.join(", ")}`,
    );
  });
});

describe("scoreBatch", () => {
  test("drops above the largest and below the smallest score, at neither limit", async () => {
    const items = ["0.9 0.1", "0.25 0.75", "0.5 0.5"].map((text) => curatedOf(text));
    const classifier = spelled(["ok", "toxic"]);
    expect(await scoreBatch(items, classifier, { measure: "toxicity", max: 0.5 })).toEqual([
      undefined,
      { step: "toxicity", reason: "toxicity-too-high", score: 0.75, limit: 0.5 },
      undefined,
    ]);
    const drops = await scoreBatch(items, spelled(["bad", "good"]), { measure: "quality", min: 0.5 });
    expect(drops.map((drop) => drop?.reason)).toEqual(["quality-too-low", undefined, undefined]);
    expect(drops[0]).toMatchObject({ step: "quality", limit: 0.5 });
  });

  test("without limits only scores, and tells the likely labels but not the opposite", async () => {
    const items = [curatedOf("0.125 0.875 0.5"), curatedOf("0.75 0.25 0.125")];
    const drops = await scoreBatch(items, spelled(["neutral", "toxic", "threat"]), { measure: "toxicity" });
    expect(drops).toEqual([undefined, undefined]);
    expect(items[0]).toMatchObject({ scores: { "toxicity.score": 0.875 }, tags: { toxicity: ["toxic", "threat"] } });
    expect(items[1]).toMatchObject({ scores: { "toxicity.score": 0.25 }, tags: {} });
  });

  test("takes a real model, and no documents", async () => {
    using classifier = await openClassifier(
      join(import.meta.dir, "../../../fixtures/models/tiny-distilbert-classifier"),
    );
    const items = [curatedOf("the water is cold"), curatedOf("")];
    const drops = await scoreBatch(items, classifier, { measure: "toxicity", max: 0.7 });
    expect(items.map(({ scores }) => scores["toxicity.score"]!.toFixed(3))).toEqual(["0.344", "0.738"]);
    expect(drops.map((drop) => drop !== undefined)).toEqual([false, true]);
    expect(await scoreBatch([], classifier, { measure: "toxicity" })).toEqual([]);
  });
});
