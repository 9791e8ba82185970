/** Goal: scores are those of CrossEncoder and of Qwen's model card, whatever else is in the batch; what is no reranker is refused. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReranker } from "../../src/embed/reranker.ts";
import { furthest } from "../contracts/encoder.ts";
import { expectNoLeaksAsync } from "../support/leaks.ts";

const FIXTURES = join(import.meta.dir, "../../fixtures");
const golden = JSON.parse(readFileSync(join(FIXTURES, "golden/rerankers.json"), "utf8")) as {
  queries: string[];
  texts: string[];
  models: Record<string, number[][]>;
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-reranker-"));
});
afterAll(() => rmSync(root, { recursive: true }));

let copies = 0;
/** A copy of a tiny reranker under a name, with keys of its configuration changed. */
function copyOf(kind: string, name = `copy-${copies++}`, changes: Record<string, unknown> = {}): string {
  const dir = join(root, String(copies++), name);
  cpSync(join(FIXTURES, "models", `tiny-${kind}-reranker`), dir, { recursive: true });
  const path = join(dir, "config.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
  return dir;
}

/** Qwen's reranker is told by its name. */
const modelOf = (kind: string) =>
  kind === "qwen3" ? copyOf(kind, "Qwen3-Reranker-Tiny") : join(FIXTURES, "models", `tiny-${kind}-reranker`);

describe.each(Object.keys(golden.models))("%s", (kind) => {
  const expected = golden.models[kind]!;

  test("gives the peer's scores within 1e-5", async () => {
    using reranker = await openReranker({ model: modelOf(kind) });
    for (const [i, query] of golden.queries.entries()) {
      expect(furthest(await reranker.score(query, golden.texts), expected[i]!)).toBeLessThan(1e-5);
    }
  });

  test("gives a text the same score alone, in any order and in any batch", async () => {
    const model = modelOf(kind);
    using narrow = await openReranker({ model, batchTokens: 8 });
    using wide = await openReranker({ model, batchTokens: 4096 });
    const [query] = golden.queries as [string];
    const alone: number[] = [];
    for (const text of golden.texts) alone.push((await narrow.score(query, [text]))[0]!);
    expect(furthest(alone, expected[0]!)).toBeLessThan(1e-5);
    const reversed = await wide.score(query, golden.texts.toReversed());
    expect(furthest(reversed.toReversed(), expected[0]!)).toBeLessThan(1e-5);
  });

  test.each(["float16", "8bit"] as const)("held as %s scores near float32", async (dtype) => {
    using reranker = await openReranker({ model: modelOf(kind), dtype });
    const scores = await reranker.score(golden.queries[1]!, golden.texts);
    expect(furthest(scores, expected[1]!)).toBeLessThan(0.1);
    expect(furthest(scores, expected[1]!)).toBeGreaterThan(0);
  });

  test("frees what it held", async () => {
    const model = modelOf(kind);
    await expectNoLeaksAsync(async () => {
      using reranker = await openReranker({ model });
      await reranker.score("the water", golden.texts);
    });
  });
});

describe("a reranker", () => {
  test("scores no texts to no scores, and takes lone surrogates", async () => {
    using reranker = await openReranker({ model: modelOf("bert") });
    expect(await reranker.score("the water", [])).toHaveLength(0);
    const [score] = await reranker.score("the \ud800", ["water \udc00"]);
    expect(score).toBeGreaterThan(0);
  });

  test("stops at a signal", async () => {
    using reranker = await openReranker({ model: modelOf("bert") });
    const scoring = reranker.score("the water", golden.texts, { signal: AbortSignal.abort() });
    await expect(scoring).rejects.toMatchObject({ code: "interrupted" });
  });

  test("leaves the logit as it is where the model's file says so, in any of its places", async () => {
    const identity = "torch.nn.modules.linear.Identity";
    const score = async (model: string) => {
      using reranker = await openReranker({ model });
      return (await reranker.score(golden.queries[0]!, golden.texts))[1]!;
    };
    const sigmoid = golden.models.bert![0]![1]!;
    const logit = Math.log(sigmoid / (1 - sigmoid));
    expect(await score(copyOf("bert", "a", { sbert_ce_default_activation_function: identity }))).toBeCloseTo(logit, 4);
    expect(await score(copyOf("bert", "b", { sentence_transformers: { activation_fn: identity } }))).toBeCloseTo(
      logit,
      4,
    );
    const newest = copyOf("bert");
    writeFileSync(join(newest, "config_sentence_transformers.json"), JSON.stringify({ activation_fn: identity }));
    expect(await score(newest)).toBeCloseTo(logit, 4);
  });
});

describe("a model that cannot be used is refused:", () => {
  const failure = (model: string) =>
    openReranker({ model }).then(
      () => undefined,
      (error) => error,
    );

  test("a decoder of which nothing says that it is a reranker", async () => {
    const model = copyOf("qwen3", "some-chat-model");
    expect(await failure(model)).toMatchObject({ code: "model-unsupported", where: join(model, "config.json") });
  });

  test("a classifier of several labels", async () => {
    const error = await failure(copyOf("bert", "labels", { id2label: { 0: "a", 1: "b" } }));
    expect(error.message).toBe("a reranker gives one score, this model has 2 labels");
  });

  test("another activation, with the file that names it", async () => {
    const model = copyOf("bert", "act", { sbert_ce_default_activation_function: "torch.nn.Tanh" });
    expect(await failure(model)).toMatchObject({ code: "model-unsupported", where: join(model, "config.json") });
  });

  test("an embedder", async () => {
    const error = await failure(join(FIXTURES, "models/tiny-bert-embedder"));
    expect(error.message).toMatch(/^the model is no classifier of texts: its architecture is BertModel/);
  });
});
