/** Goal: a fastText model predicts what fastText predicts, and a damaged file is an error, never a wrong language. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as v from "valibot";
import { MdpError } from "../../../src/core/errors.ts";
import type { Classifier } from "../../../src/core/ports.ts";
import { openFasttext, parseFasttext } from "../../../src/curate/classifiers/fasttext/model.ts";
import { isFasttextPath, openFasttextClassifier } from "../../../src/curate/classifiers/fasttext-classifier.ts";
import openLanguage from "../../../src/curate/classifiers/language.ts";
import { scoreBatch } from "../../../src/curate/classifiers/model-step.ts";
import { CurateSettings } from "../../../src/curate/config.ts";
import { curatedOf } from "../../support/curated.ts";
import { nastyText } from "../../support/nasty-text.ts";

const FIXTURES = join(import.meta.dir, "../../../fixtures");
const MODELS = join(FIXTURES, "models/fasttext");
const file: {
  models: Record<string, [text: string, label: string, score: number][]>;
  distributions: Record<string, [text: string, scores: Record<string, number>][]>;
} = JSON.parse(readFileSync(join(FIXTURES, "golden/fasttext.json"), "utf8"));
const golden = file.models;
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(MODELS, name)));

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-fasttext-"));
});
afterAll(() => rmSync(root, { recursive: true }));

describe.each(Object.entries(golden))("%s", (name, rows) => {
  test("predicts fastText's label for each text, with its score within 1e-6", () => {
    const model = openFasttext(join(MODELS, name));
    expect(rows.length).toBeGreaterThan(150);
    for (const [text, label, score] of rows) {
      const found = model.predict(text)!;
      expect([text, found.label]).toEqual([text, label]);
      expect(Math.abs(found.score - score)).toBeLessThan(1e-6);
    }
  });

  test("reads any well-formed text", () => {
    const model = openFasttext(join(MODELS, name));
    fc.assert(
      fc.property(nastyText, (text) => {
        const found = model.predict(text)!;
        expect(model.labels).toContain(found.label);
        expect(found.score > 0 && found.score < 1.0001).toBe(true);
      }),
    );
  });
});

describe("the classifier", () => {
  test.each(Object.entries(file.distributions))("%s gives every label fastText's score", async (name, rows) => {
    using classifier = openFasttextClassifier(join(MODELS, name));
    const width = classifier.labels.length;
    const scores = await classifier.classify(rows.map(([text]) => text));
    expect(classifier.name).toBe(name);
    for (const [row, [, expected]] of rows.entries()) {
      expect(Object.keys(expected).length).toBeGreaterThan(5);
      for (const [index, label] of classifier.labels.entries()) {
        // fastText leaves out what its tree gives less than 1e-5.
        expect(Math.abs(scores[row * width + index]! - Math.min(1, expected[label] ?? 1e-5))).toBeLessThan(2e-5);
        if (label in expected) expect(scores[row * width + index]).toBeCloseTo(Math.min(1, expected[label]!), 6);
      }
    }
  });

  test("drops by a label's score, as a model on MLX does", async () => {
    using classifier = openFasttextClassifier(join(MODELS, "softmax.bin"));
    const relabelled: Classifier = {
      ...classifier,
      labels: classifier.labels.map((label) => (label === "en" ? "good" : label)),
    };
    const [text, , score] = golden["softmax.bin"]!.filter(([, name]) => name === "en").sort((a, b) => b[2] - a[2])[0]!;
    const items = [text, "中文"].map((each) => curatedOf(each));
    const drops = await scoreBatch(items, relabelled, { measure: "quality", min: score * 0.999 });
    expect(drops.map((drop) => drop?.reason)).toEqual([undefined, "quality-too-low"]);
  });

  test("is told from a folder by its name", () => {
    expect(["a/lid.176.bin", "b.ftz", "models/toxic-bert", "bin"].map(isFasttextPath)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("a damaged model", () => {
  test.each(Object.keys(golden))("%s is refused wherever it is cut", (name) => {
    const bytes = bytesOf(name);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
        expect(() => parseFasttext(bytes.subarray(0, length), name)).toThrow("this is not a whole fastText model");
      }),
      { numRuns: 150 },
    );
  });

  test.each(Object.keys(golden))(
    "%s with any bytes changed is refused, or still gives labels with finite scores",
    (name) => {
      const bytes = bytesOf(name);
      const change = fc.tuple(fc.oneof(fc.nat(200), fc.nat(bytes.length - 1)), fc.nat(255));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const changed = bytes.slice();
          for (const [at, value] of changes) changed[at] = value;
          try {
            const found = parseFasttext(changed, name).predict("all human beings are born free");
            if (found) expect(Number.isFinite(found.score)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(MdpError);
          }
        }),
        { numRuns: 300 },
      );
    },
  );

  /** `hs.bin` with an int32 of its head changed. */
  const withHead = (index: number, value: number) => {
    const bytes = bytesOf("hs.bin");
    new DataView(bytes.buffer).setInt32(index * 4, value, true);
    return bytes;
  };

  test.each([
    ["another file's first bytes", withHead(0, 0x04034b50), "it begins with 67324752, not with 793712314"],
    ["a later version", withHead(1, 13), "its version is 13; 11 and 12 are known"],
    ["word vectors", withHead(9, 2), "it holds word vectors and no labels"],
    ["a loss of the future", withHead(8, 5), "its loss is number 5; 1 to 4 are known"],
    ["a huge width", withHead(2, 1 << 30), "dim is 1073741824, beyond 0 to 65536"],
    ["another width", withHead(2, 9), "its dictionary asks for 563 × 9"],
  ])("%s is named", (_, bytes, message) => {
    expect(() => parseFasttext(bytes, "model.bin")).toThrow(message);
  });

  test("scores that are not numbers are an error", () => {
    const output = bytesOf("hs.bin");
    new DataView(output.buffer).setFloat32(output.length - 4, Number.NaN, true);
    expect(() => parseFasttext(output, "model.bin")).toThrow("of its output is not a number");
    const { start, bytes: input } = inputOf("hs.bin");
    for (let at = start; at < start + 563 * 8 * 4; at += 4) new DataView(input.buffer).setFloat32(at, Number.NaN, true);
    expect(() => parseFasttext(input, "model.bin").predict("all human beings")).toThrow("its scores are not numbers");
  });

  /** Where the values of the input matrix begin: behind its sizes, before the output's. */
  function inputOf(name: string) {
    const bytes = bytesOf(name);
    const outputBytes = 19 * 8 * 4 + 17;
    return { bytes, start: bytes.length - outputBytes - 563 * 8 * 4 };
  }

  test("a missing file names the setting", () => {
    expect(() => openFasttext(join(root, "none.bin"))).toThrow("the fastText model cannot be read");
  });
});

describe("the step language with a model", () => {
  const open = (settings: v.InferInput<typeof CurateSettings>) =>
    openLanguage(v.parse(CurateSettings, { languageModel: join(MODELS, "softmax.bin"), ...settings }));
  const [text, label, score] = golden["softmax.bin"]!.find(([, , value]) => value > 0.9)!;

  test("labels and filters by the model's own labels and scores", async () => {
    const item = curatedOf(text);
    expect((await open({ languages: [label] })).apply(item)).toBeUndefined();
    expect(item.tags.language).toBe(label);
    expect(item.scores["language.score"]).toBeCloseTo(score, 6);
    expect((await open({ languages: [label], minLanguageScore: 0.9999 })).apply(curatedOf(text))?.reason).toBe(
      "language-uncertain",
    );
  });

  test("does not take what has no letters for the language that fastText sees in nothing", async () => {
    const item = curatedOf("12 34 == 56");
    expect((await open({ languages: ["fr"], minLanguageScore: 0 })).apply(item)?.reason).toBe("language-unknown");
    expect(item.tags.language).toBe("und");
  });

  test("refuses languages that the model has no label for", async () => {
    await expect(open({ languages: ["sw"] })).rejects.toThrow('languages: the model does not know "sw"');
  });

  test("maps a large model, and reads it all the same", async () => {
    const large = join(root, "large.bin");
    const bytes = bytesOf("softmax.bin");
    writeFileSync(large, Buffer.concat([bytes, Buffer.alloc(17 * 1024 ** 2)]));
    expect(openFasttext(large).predict(text)!.label).toBe(label);
  });
});
