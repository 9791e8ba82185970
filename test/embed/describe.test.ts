/** Goal: a fingerprint changes with what changes vectors, and with nothing else. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeEmbedder } from "../../src/embed/describe.ts";
import { MODEL_DIR } from "../support/peers.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-describe-"));
});
afterAll(() => rmSync(root, { recursive: true }));

let copies = 0;
/** A copy of the default model under another name; its weights are a link. */
function copy(): string {
  const dir = join(root, `copy${copies++}`);
  cpSync(MODEL_DIR, dir, { recursive: true, filter: (path) => !path.endsWith("model.safetensors") });
  symlinkSync(join(MODEL_DIR, "model.safetensors"), join(dir, "model.safetensors"));
  return dir;
}

const describeModel = async (model: string, batchTokens = 512) =>
  (await describeEmbedder({ model, batchTokens })).description;

describe("the fingerprint", () => {
  test("is the same for the same files in another folder, under another name, with other batches", async () => {
    const [original, other] = [await describeModel(MODEL_DIR), await describeModel(copy(), 2_048)];
    expect(other.fingerprint).toBe(original.fingerprint);
    expect(other.name).not.toBe(original.name);
  });

  test.each([
    ["the maximum length", "sentence_bert_config.json", { max_seq_length: 128 }],
    ["pooling", "1_Pooling/config.json", { pooling_mode: "cls" }],
    [
      "normalisation",
      "modules.json",
      ["Transformer", "Pooling"].map((type, i) => ({ type, path: i ? "1_Pooling" : "" })),
    ],
    ["a prompt", "config_sentence_transformers.json", { prompts: { query: "query: " } }],
    ["the tokenizer", "tokenizer.json", { changed: true }],
    ["the weights", "model.safetensors", "changed"],
  ])("changes with %s", async (_, file, content) => {
    const dir = copy();
    rmSync(join(dir, file), { force: true });
    writeFileSync(join(dir, file), JSON.stringify(content));
    expect((await describeModel(dir)).fingerprint).not.toBe((await describeModel(MODEL_DIR)).fingerprint);
  });

  test.each([
    ["the type of the weights", { dtype: "float16" }],
    ["the length of vectors", { dim: 64 }],
  ] as const)("changes with %s", async (_, change) => {
    const { description } = await describeEmbedder({ model: MODEL_DIR, ...change });
    expect(description.fingerprint).not.toBe((await describeModel(MODEL_DIR)).fingerprint);
    expect(description).toMatchObject("dim" in change ? { dimension: 64 } : { dtype: "float16" });
  });

  test("changes with a model's configuration", async () => {
    const original = join(import.meta.dir, "../../fixtures/models/tiny-new-embedder");
    const dir = join(root, "stretched");
    cpSync(original, dir, { recursive: true });
    const config = await Bun.file(join(original, "config.json")).json();
    writeFileSync(join(dir, "config.json"), JSON.stringify({ ...config, rope_scaling: { type: "ntk", factor: 2 } }));
    expect((await describeModel(dir)).fingerprint).not.toBe((await describeModel(original)).fingerprint);
  });

  test("a path may end in a slash", async () => {
    expect((await describeModel(`${MODEL_DIR}/`)).name).toBe("all-MiniLM-L6-v2");
  });
});

describe("shorter vectors", () => {
  test("come with a note where nothing says that the model was trained for them", async () => {
    const { notes } = await describeEmbedder({ model: MODEL_DIR, dim: 64 });
    expect(notes).toEqual([
      "nothing says that all-MiniLM-L6-v2 was trained for shorter vectors: the first 64 numbers may find less",
    ]);
    expect((await describeEmbedder({ model: MODEL_DIR })).notes).toEqual([]);
    expect((await describeEmbedder({ model: MODEL_DIR, dim: 384 })).notes).toEqual([]);
  });

  test("need no note where the model's card speaks of Matryoshka", async () => {
    const dir = copy();
    writeFileSync(join(dir, "README.md"), "trained with MatryoshkaLoss");
    expect((await describeEmbedder({ model: dir, dim: 64 })).notes).toEqual([]);
  });

  test("cannot be longer than the model's", async () => {
    await expect(describeEmbedder({ model: MODEL_DIR, dim: 385 })).rejects.toThrow(
      "--dim 385 is more than the 384 numbers of the model's vectors",
    );
  });
});
