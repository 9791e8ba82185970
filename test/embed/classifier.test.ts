/** Goal: scores equal transformers', whatever else is in the batch; a damaged model is a clear error. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClassifier } from "../../src/embed/classifier.ts";
import * as mx from "../../src/mlx/index.ts";
import { expectNoLeaksAsync } from "../support/leaks.ts";
import { MODEL_DIR } from "../support/peers.ts";

const FIXTURES = join(import.meta.dir, "../../fixtures");
const golden = JSON.parse(readFileSync(join(FIXTURES, "golden/classifiers.json"), "utf8")) as {
  texts: string[];
  models: Record<string, { labels: string[]; scores: number[][] }>;
};
const BERT = join(FIXTURES, "models/tiny-bert-classifier");

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-classifier-"));
});
afterAll(() => rmSync(root, { recursive: true }));

let copies = 0;
/** A copy of the tiny BERT classifier, with keys of its configuration changed. */
function copyOf(changes: Record<string, unknown> = {}): string {
  const dir = join(root, `copy-${copies++}`);
  cpSync(BERT, dir, { recursive: true });
  const path = join(dir, "config.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
  return dir;
}

const furthest = (scores: ArrayLike<number>, expected: readonly number[]) =>
  Math.max(...expected.map((value, i) => Math.abs(value - scores[i]!)));

describe.each(Object.entries(golden.models))("%s", (name, { labels, scores }) => {
  const dir = join(FIXTURES, "models", name);

  test("has transformers' labels, and its scores within 1e-5", async () => {
    using classifier = await openClassifier(dir);
    expect([...classifier.labels]).toEqual(labels);
    expect(classifier.name).toBe(name);
    expect(furthest(await classifier.classify(golden.texts), scores.flat())).toBeLessThan(1e-5);
  });

  test("gives a text the same scores alone, in any order and in any batch", async () => {
    using narrow = await openClassifier(dir, { batchTokens: 8 });
    using wide = await openClassifier(dir, { batchTokens: 4096 });
    const order = [4, 2, 6, 0, 5, 1, 3];
    const shuffled = order.map((index) => golden.texts[index]!);
    const expected = order.flatMap((index) => scores[index]!);
    expect(furthest(await narrow.classify(shuffled), expected)).toBeLessThan(1e-5);
    expect(furthest(await wide.classify(shuffled), expected)).toBeLessThan(1e-5);
  });
});

describe("a classifier", () => {
  test("scores no texts to no scores, and a text beyond what it takes by its beginning", async () => {
    using classifier = await openClassifier(BERT);
    expect(await classifier.classify([])).toHaveLength(0);
    const begin = "the people were there ".repeat(60);
    const [whole, cut] = [
      await classifier.classify([`${begin}${"water ".repeat(50_000)}`]),
      await classifier.classify([begin]),
    ];
    expect(whole).toEqual(cut);
  });

  test("takes a lone surrogate", async () => {
    using classifier = await openClassifier(BERT);
    expect((await classifier.classify(["the \ud800 water"])).every((score) => score > 0 && score < 1)).toBe(true);
  });

  test("frees what it held", async () => {
    await expectNoLeaksAsync(async () => {
      using classifier = await openClassifier(BERT);
      await classifier.classify(golden.texts);
    });
  });

  test("takes one choice of many where the configuration does not say otherwise", async () => {
    using classifier = await openClassifier(copyOf({ problem_type: null }));
    const scores = await classifier.classify([golden.texts[1]!]);
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
  });
});

describe("a model that cannot be used is refused:", () => {
  const message = async (dir: string) => {
    const error = await openClassifier(dir).then(
      (opened) => opened[Symbol.dispose](),
      (reason) => reason,
    );
    return `${error?.code}: ${error?.message}`;
  };

  test("a folder without a model", async () => {
    expect(await message(root)).toBe("model-incomplete: the model has no config.json");
  });

  test("an embedder", async () => {
    expect(await message(MODEL_DIR)).toMatch(
      /^model-unsupported: the model is no classifier of texts: its architecture is BertModel/,
    );
  });

  test("another architecture", async () => {
    expect(await message(copyOf({ model_type: "gpt2", architectures: ["GPT2ForSequenceClassification"] }))).toBe(
      'model-unsupported: classifiers of the type "gpt2" are not supported',
    );
  });

  test("labels with a gap", async () => {
    expect(await message(copyOf({ id2label: { 0: "a", 2: "b" } }))).toBe(
      "model-unsupported: id2label has 2 labels, but none with the number 1",
    );
  });

  test("more labels than its head has", async () => {
    expect(await message(copyOf({ id2label: { 0: "a", 1: "b" } }))).toStartWith(
      "model-weights: head.classifier.weight has shape [6,32], the configuration asks for [2,32]",
    );
  });

  test("cut weights", async () => {
    const dir = copyOf();
    truncateSync(join(dir, "model.safetensors"), 20_000);
    expect(await message(dir)).toMatch(/safetensors/);
  });

  test("weights that are no safetensors", async () => {
    const dir = copyOf();
    writeFileSync(join(dir, "model.safetensors"), "PK\x03\x04 not at all");
    expect(await message(dir)).toMatch(/safetensors/);
  });

  test("weights that are not numbers, at the first score", async () => {
    const dir = copyOf();
    const path = join(dir, "model.safetensors");
    mx.tidy(() => {
      const tensors = [...mx.loadSafetensors(path).tensors];
      const broken = tensors.map(
        ([name, x]) => [name, name === "classifier.bias" ? mx.multiply(x, Number.NaN) : x] as const,
      );
      mx.evaluate(...broken.map(([, x]) => x));
      mx.saveSafetensors(`${path}.new.safetensors`, broken);
    });
    cpSync(`${path}.new.safetensors`, path);
    using classifier = await openClassifier(dir);
    await expect(classifier.classify(["the water"])).rejects.toThrow('the model\'s score for "toxic" is not a number');
  });
});
