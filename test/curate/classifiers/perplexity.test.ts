/** Goal: n-gram models score as KenLM does, train as the textbook says, and damaged ones are errors. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as v from "valibot";
import { MdpError } from "../../../src/core/errors.ts";
import { parseNgramFile, writeNgramModel } from "../../../src/curate/classifiers/perplexity/file.ts";
import { type NgramModel, perplexityOf } from "../../../src/curate/classifiers/perplexity/model.ts";
import { openNgramModel } from "../../../src/curate/classifiers/perplexity/open.ts";
import { trainNgramModel } from "../../../src/curate/classifiers/perplexity/train.ts";
import openPerplexity from "../../../src/curate/classifiers/perplexity.ts";
import { CurateSettings } from "../../../src/curate/config.ts";
import { curatedOf } from "../../support/curated.ts";
import { nastyText } from "../../support/nasty-text.ts";
import { python } from "../../support/peers.ts";

const FIXTURES = join(import.meta.dir, "../../../fixtures");
const GUIDE = join(FIXTURES, "models/ngram/guide.arpa");
const REFERENCE = "test/parity/ngram_reference.py";
const golden = JSON.parse(readFileSync(join(FIXTURES, "golden/kenlm.json"), "utf8")) as {
  order: number;
  rows: [text: string, log10: number, perplexity: number, unknown: number][];
};

let root: string;
let guide: NgramModel;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "mdp-ngram-"));
  guide = await openNgramModel(GUIDE);
});
afterAll(() => rmSync(root, { recursive: true }));

let files = 0;
function fileOf(contents: string | Uint8Array, name = "model.arpa"): string {
  const path = join(root, `${files++}-${name}`);
  writeFileSync(path, contents);
  return path;
}

/** Words of a small alphabet, so that n-grams come again; one that no training has, and the marks of a sentence. */
const line = fc
  .array(fc.constantFrom("a", "b", "c", "d", "é", "<s>", "</s>", "<unk>", "never"), { minLength: 1, maxLength: 12 })
  .map((words) => words.join(" "));

describe("scores", () => {
  test("are KenLM's, as are perplexities and the number of unknown words", () => {
    expect(guide.order).toBe(golden.order);
    expect(golden.rows.length).toBeGreaterThan(50);
    for (const [text, log10, perplexity, unknown] of golden.rows) {
      const found = guide.score(text);
      expect([text, found.unknown]).toEqual([text, unknown]);
      expect(Math.abs(found.log10 / log10 - 1)).toBeLessThan(1e-6);
      expect(Math.abs(perplexityOf(found) / perplexity - 1)).toBeLessThan(1e-4);
    }
  });

  test("of a text are those of its lines together, without those that hold no word", () => {
    const lines = golden.rows.map(([text]) => text.replaceAll(/[\n\r]/g, " "));
    const whole = guide.score(`\n\n${lines.join("\n \t\n")}\n`);
    const parts = lines.map((text) => guide.score(text));
    expect(whole.log10).toBeCloseTo(
      parts.reduce((sum, { log10 }) => sum + log10, 0),
      6,
    );
    expect(whole.words).toBe(parts.reduce((sum, { words }) => sum + words, 0));
    expect(guide.score(" \n\n\t")).toEqual({ log10: 0, words: 0, unknown: 0 });
  });

  test("equal a plain evaluation of the file, also where the model lacks <unk> or shorter n-grams", async () => {
    const path = fileOf(
      "made by hand\n\\data\\\nngram 1=5\nngram 2=3\nngram 3=2\n\n\\1-grams:\n-99 <s> -0.5\n-0.4 </s>\n-0.8 a -0.3\n" +
        "-0.9 b -0.2\n-inf c\n\n\\2-grams:\n-0.2 <s> a -0.1\n-0.3\ta b\t-0.15\n-0.35 b </s>\n\n\\3-grams:\n" +
        "-0.05 <s> a b\n-0.07 b c a\n\n\\end\\\n",
    );
    const model = await openNgramModel(path);
    const lines = ["a b", "b c a", "c c", "zzz a b", "a zzz b </s> a", "b c a b", "<s> a b"];
    const expected = await python(REFERENCE, ["score", path], `${lines.join("\n")}\n`);
    expect(expected).toHaveLength(lines.length);
    for (const [i, text] of lines.entries()) {
      const [log10, words, unknown] = expected[i]!.split(" ").map(Number) as [number, number, number];
      const found = model.score(text);
      expect([text, found.words, found.unknown]).toEqual([text, words, unknown]);
      expect(found.log10).toBeCloseTo(log10, 4);
    }
  });

  test("are the same from gzip, and from our own file", async () => {
    const zipped = await openNgramModel(fileOf(Bun.gzipSync(readFileSync(GUIDE)), "model.arpa.gz"));
    const path = join(root, "own.ngram");
    await writeNgramModel(path, guide);
    const own = await openNgramModel(path);
    expect(own.order).toBe(guide.order);
    fc.assert(
      fc.property(fc.oneof(nastyText, fc.constantFrom(...golden.rows.map(([text]) => text))), (text) => {
        const expected = guide.score(text);
        expect(zipped.score(text)).toEqual(expected);
        expect(own.score(text)).toEqual(expected);
      }),
    );
  });
});

describe("training", () => {
  test.each([1, 2, 3, 5])("order %p gives the probabilities of an independent trainer", async (order) => {
    const lines = fc.sample(line, { numRuns: 60, seed: 5 });
    lines.push("", "   ", "a b c d", "a b c d", "a b c d e f g h i j k l m n o p");
    const held = fc.sample(line, { numRuns: 60, seed: 6 });
    const plain = (text: string) => text.replace(/<s>|<\/s>|<unk>/g, "e");
    const training = lines.map(plain);
    const model = await trainNgramModel(training, { order });
    const arpa = await python(REFERENCE, ["train", String(order)], `${training.join("\n")}\n`);
    const theirs = await openNgramModel(fileOf(`${arpa.join("\n")}\n`));
    expect(model.table.size).toBe(theirs.table.size);
    for (const text of [...held, ...training]) {
      expect(model.score(text).log10).toBeCloseTo(theirs.score(text).log10, 4);
    }
  });

  test("gives the words after any beginning probabilities that sum to 1", async () => {
    const training = ["a b c", "a b d", "c a b", "b b b a", "d"];
    for (const order of [1, 2, 3, 4]) {
      const model = await trainNgramModel(training, { order });
      for (const begin of [[], ["a"], ["a", "b"], ["b", "b", "b"], ["never"], ["c", "never", "a"]]) {
        const after = (...words: string[]) => 10 ** model.wordScores([...begin, ...words].join(" "))[begin.length]!;
        const total = ["a", "b", "c", "d", "never"].reduce((sum, word) => sum + after(word), after());
        expect([order, begin, total]).toEqual([order, begin, expect.closeTo(1, 5)]);
      }
    }
  });

  test("takes lines from a stream, in any order, to the same model", async () => {
    const lines = fc.sample(line, { numRuns: 40, seed: 9 });
    async function* reversed() {
      yield* lines.toReversed();
    }
    const [one, other] = [await trainNgramModel(lines, { order: 3 }), await trainNgramModel(reversed(), { order: 3 })];
    for (const text of lines) expect(other.score(text).log10).toBeCloseTo(one.score(text).log10, 5);
  });

  test("stops at its limit of n-grams, without words, and at an impossible order", async () => {
    await expect(trainNgramModel(["a b c d"], { order: 3, maxNgrams: 5 })).rejects.toThrow(
      "more than 5 different n-grams",
    );
    await expect(trainNgramModel(["", " "], { order: 3 })).rejects.toThrow("there are no words");
    await expect(trainNgramModel(["a"], { order: 17 })).rejects.toThrow("is 17; it can be 1 to 16");
  });
});

describe("a damaged model is refused:", () => {
  const head = "\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n-1 <unk>\n-99 <s> -0.1\n-1 </s>\n\n\\2-grams:\n";
  test.each([
    ["an empty file", "", "it ends before \\end\\"],
    ["no end", `${head}-1 <s> </s>\n`, "it ends before \\end\\"],
    ["fewer n-grams than announced", `${head}\\end\\\n`, "it has 0 2-grams, its head announces 1"],
    [
      "more n-grams than announced",
      `${head}-1 <s> </s>\n-1 </s> <s>\n\\end\\\n`,
      "it has 2 2-grams, its head announces 1",
    ],
    ["an n-gram twice", `${head}-1 <s> </s>\n-1 <s> </s>\n`, "an n-gram stands there twice"],
    ["a probability above 1", `${head}0.5 <s> </s>\n`, "log10 of a probability is 0.5, above 0"],
    ["not a number", `${head}nan <s> </s>\n`, '"nan" is no number'],
    ["a back-off that is none", `${head}-1 <s> </s> x\n`, '"x" is no number'],
    ["too few words", `${head}-1 <s>\n`, "an n-gram has fewer than 2 words"],
    ["sections in another order", head.replace("\\1-grams:", "\\2-grams:"), "\\2-grams: is not expected here"],
    ["a count that is none", "\\data\\\nngram 1=many\n", '"ngram 1=many" is no count of n-grams'],
    [
      "a huge order",
      `\\data\\\n${Array.from({ length: 17 }, (_, i) => `ngram ${i + 1}=1`).join("\n")}\n`,
      "more than 16 words",
    ],
  ])("%s", async (_, contents, message) => {
    const error: unknown = await openNgramModel(fileOf(contents)).then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(MdpError);
    expect((error as MdpError).message).toContain(message);
  });

  test("gzip that is cut", async () => {
    const zipped = Bun.gzipSync(readFileSync(GUIDE));
    await expect(openNgramModel(fileOf(zipped.slice(0, zipped.length / 2), "model.arpa.gz"))).rejects.toThrow(
      "this is no whole ARPA model",
    );
  });

  test("a head that announces more n-grams than memory holds takes no memory for them", async () => {
    const huge = head.replace("ngram 2=1", "ngram 2=999999999999");
    await expect(openNgramModel(fileOf(`${huge}\\end\\\n`))).rejects.toThrow("its head announces 999999999999");
  });

  test("KenLM's binary form, with the way out", async () => {
    const path = fileOf("mmap lm http://kheafield.com/code format version 5\n\0", "model.bin");
    const error = await openNgramModel(path).then(
      () => undefined,
      (reason: MdpError) => reason,
    );
    expect(error?.message).toContain("KenLM's binary form");
    expect(error?.hint).toContain("ARPA");
  });

  test("our own file, cut anywhere or with any byte changed", async () => {
    const path = join(root, "small.ngram");
    await writeNgramModel(path, await trainNgramModel(["a b c", "a b"], { order: 2 }));
    const bytes = new Uint8Array(readFileSync(path));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        expect(() => parseNgramFile(bytes.slice(0, at), "cut")).toThrow("this is no whole n-gram model");
        const changed = bytes.slice();
        changed[at]! ^= change;
        expect(() => parseNgramFile(changed, "changed")).toThrow("this is no whole n-gram model");
      }),
    );
  });

  test.each([
    [
      "a probability that is none",
      (view: DataView, slots: number) => view.setFloat32(64 + 8 * slots + 4 * taken(view, slots), Number.NaN, true),
      "holds no probability",
    ],
    [
      "a full table",
      (view: DataView, slots: number) => {
        for (let i = 0; i < slots; i++) view.setInt32(64 + 4 * i, i + 1, true);
      },
      "slots are taken",
    ],
    ["an order of 0", (view: DataView) => view.setUint32(24, 0, true), "its order is 0"],
  ])("our own file with %s, its hash made right", async (_, damage, message) => {
    const path = join(root, "damaged.ngram");
    await writeNgramModel(path, await trainNgramModel(["a b c", "a b"], { order: 2 }));
    const bytes = new Uint8Array(readFileSync(path)).slice();
    const view = new DataView(bytes.buffer);
    damage(view, view.getFloat64(40, true));
    view.setBigUint64(16, Bun.hash.xxHash64(bytes.subarray(24)), true);
    expect(() => parseNgramFile(bytes, path)).toThrow(message);
  });

  function taken(view: DataView, slots: number): number {
    for (let i = 0; i < slots; i++) if (view.getInt32(64 + 4 * i, true) !== 0) return i;
    throw new Error("the table is empty");
  }

  test("a missing file", async () => {
    await expect(openNgramModel(join(root, "none.arpa"))).rejects.toThrow("the n-gram model does not exist");
  });
});

describe("the step perplexity", () => {
  const open = (settings: v.InferInput<typeof CurateSettings>) => openPerplexity(v.parse(CurateSettings, settings));

  test("drops what is above the limit, and only that", async () => {
    const [text, , perplexity] = golden.rows.find(([, , value]) => value > 100)!;
    const item = curatedOf(text);
    const strict = (await open({ perplexityModel: GUIDE, maxPerplexity: perplexity * 0.999 })).apply(item);
    expect(strict).toMatchObject({ step: "perplexity", reason: "perplexity-too-high", limit: perplexity * 0.999 });
    expect(item.scores["perplexity.score"]! / perplexity).toBeCloseTo(1, 4);
    expect(
      (await open({ perplexityModel: GUIDE, maxPerplexity: perplexity * 1.001 })).apply(curatedOf(text)),
    ).toBeUndefined();
  });

  test("tells the share of unknown words, </s> counted as a word, and scores nothing as 0", async () => {
    const step = await open({ perplexityModel: GUIDE });
    const [some, none] = [curatedOf("xyzzy plugh the"), curatedOf(" \n ")];
    step.apply(some);
    expect(some.scores["perplexity.unknown"]).toBe(0.5);
    expect(step.apply(none)).toBeUndefined();
    expect(none.scores).toEqual({ "perplexity.score": 0, "perplexity.unknown": 0 });
  });

  test("asks for a model", async () => {
    await expect(open({})).rejects.toThrow("the filter perplexity needs a model");
  });
});
