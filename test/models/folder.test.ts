/** Goal: what a model's folder says is taken in the right order; what it does not say is never guessed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readModelFolder } from "../../src/models/folder.ts";
import { MODEL_DIR } from "../support/peers.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-models-"));
});
afterAll(() => rmSync(root, { recursive: true }));

const ST = "sentence_transformers.models";
const COMPLETE = {
  "config.json": { model_type: "bert", max_position_embeddings: 512 },
  "model.safetensors": {},
  "tokenizer.json": {},
  "modules.json": [
    { path: "", type: `${ST}.Transformer` },
    { path: "1_Pooling", type: `${ST}.Pooling` },
    { path: "2_Normalize", type: `${ST}.Normalize` },
  ],
  "1_Pooling/config.json": { pooling_mode_cls_token: false, pooling_mode_mean_tokens: true },
  "sentence_bert_config.json": { max_seq_length: 200, do_lower_case: false },
  "tokenizer_config.json": { model_max_length: 300 },
};

let folders = 0;
/** A folder of a complete model with some files replaced, or left out where null. */
function folder(changes: Record<string, unknown> = {}, name = "some-model"): string {
  const dir = join(root, String(folders++), name);
  for (const [file, content] of Object.entries({ ...COMPLETE, ...changes })) {
    if (content === null) continue;
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), typeof content === "string" ? content : JSON.stringify(content));
  }
  return dir;
}

describe("the default model", () => {
  test("is mean pooled, normalised, without prompts, and takes 256 tokens although its tokenizer says 128", async () => {
    expect(await readModelFolder(MODEL_DIR)).toMatchObject({
      modelType: "bert",
      pooling: "mean",
      normalize: true,
      maxTokens: 256,
      queryPrefix: "",
      documentPrefix: "",
    });
  });
});

describe("a Matryoshka model", () => {
  test("is one by its family or its card", async () => {
    expect(await readModelFolder(folder())).toMatchObject({ matryoshka: false });
    expect(await readModelFolder(folder({}, "nomic-embed-text-v1.5"))).toMatchObject({ matryoshka: true });
    const card = folder({ "README.md": "tags: [MatryoshkaLoss]" });
    expect(await readModelFolder(card)).toMatchObject({ matryoshka: true });
  });
});

describe("the number of tokens", () => {
  test.each([
    ["comes from sentence_bert_config.json", {}, 200],
    ["is at most the number of positions", { "sentence_bert_config.json": { max_seq_length: 1_000 } }, 512],
    ["comes from the tokenizer when nothing else says it", { "sentence_bert_config.json": null }, 300],
    [
      "comes from the positions at last",
      { "sentence_bert_config.json": { max_seq_length: null }, "tokenizer_config.json": null },
      512,
    ],
    [
      "leaves out what RoBERTa's positions leave out",
      { "config.json": { model_type: "xlm-roberta", max_position_embeddings: 102, pad_token_id: 1 } },
      100,
    ],
    [
      "leaves out what MPNet's positions leave out",
      { "config.json": { model_type: "mpnet", max_position_embeddings: 102 } },
      100,
    ],
  ])("%s", async (_, changes, maxTokens) => {
    expect(await readModelFolder(folder(changes))).toMatchObject({ maxTokens });
  });

  test("is never guessed", async () => {
    const dir = folder({
      "config.json": { model_type: "bert" },
      "sentence_bert_config.json": null,
      "tokenizer_config.json": null,
    });
    await expect(readModelFolder(dir)).rejects.toMatchObject({ where: join(dir, "sentence_bert_config.json") });
  });
});

describe("pooling", () => {
  const pooling = (config: unknown) => readModelFolder(folder({ "1_Pooling/config.json": config }));

  test.each([
    ["older files", { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, "cls"],
    ["older files", { pooling_mode_max_tokens: true }, "max"],
    ["older files", { pooling_mode_lasttoken: true }, "lasttoken"],
    ["older files", { pooling_mode_weightedmean_tokens: true }, "weightedmean"],
    ["older files", { pooling_mode_mean_sqrt_len_tokens: true }, "mean_sqrt_len_tokens"],
    ["newer files", { pooling_mode: "mean" }, "mean"],
  ])("is read from %s", async (_, config, expected) => {
    expect(await pooling(config)).toMatchObject({ pooling: expected });
  });

  test.each([
    ["two at once", { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true }],
    ["two in a list", { pooling_mode: ["cls", "mean"] }],
    ["another one", { pooling_mode: "attention" }],
    ["none", {}],
  ])("%s is an error that names the file", async (_, config) => {
    await expect(pooling(config)).rejects.toMatchObject({
      code: "model-unsupported",
      where: expect.stringContaining("1_Pooling"),
    });
  });

  test("vectors are normalised only when a module does it", async () => {
    expect(await readModelFolder(folder({ "modules.json": COMPLETE["modules.json"].slice(0, 2) }))).toMatchObject({
      normalize: false,
    });
  });

  test("may leave the prompt out", async () => {
    expect(await pooling({ pooling_mode: "mean", include_prompt: false })).toMatchObject({ includePrompt: false });
    expect(await pooling({ pooling_mode: "mean" })).toMatchObject({ includePrompt: true });
  });

  test.each([
    ["a further module", ["Transformer", "Pooling", "LayerNorm"]],
    ["another order", ["Transformer", "Pooling", "Normalize", "Dense"]],
  ])("%s is an error that names the file", async (_, names) => {
    const dir = folder({ "modules.json": names.map((name, i) => ({ path: `${i}_${name}`, type: `${ST}.${name}` })) });
    await expect(readModelFolder(dir)).rejects.toMatchObject({ where: join(dir, "modules.json") });
  });
});

describe("dense steps", () => {
  const DENSE = { in_features: 8, out_features: 4, activation_function: "torch.nn.modules.activation.Tanh" };
  const withDense = (config: unknown, weights: unknown = {}) =>
    folder({
      "modules.json": ["Transformer", "Pooling", "Dense", "Normalize"].map((name, i) => ({
        path: i ? `${i}_${name}` : "",
        type: `${ST}.${name}`,
      })),
      "2_Dense/config.json": config,
      "2_Dense/model.safetensors": weights,
    });

  test("are read with their sizes, bias and activation", async () => {
    expect(await readModelFolder(withDense(DENSE))).toMatchObject({
      normalize: true,
      dense: [{ inputs: 8, outputs: 4, bias: true, activation: "tanh" }],
    });
    const identity = { ...DENSE, bias: false, activation_function: "torch.nn.modules.linear.Identity" };
    expect(await readModelFolder(withDense(identity))).toMatchObject({
      dense: [{ bias: false, activation: "identity" }],
    });
  });

  test.each([
    ["without weights", DENSE, null, "2_Dense/model.safetensors"],
    ["with another activation", { ...DENSE, activation_function: "torch.nn.Mish" }, {}, "2_Dense/config.json"],
    ["on tokens", { ...DENSE, module_input_name: "token_embeddings" }, {}, "2_Dense/config.json"],
    ["beside their input", { ...DENSE, use_residual: true }, {}, "2_Dense/config.json"],
  ])("%s are an error that names the file", async (_, config, weights, file) => {
    const dir = withDense(config, weights);
    await expect(readModelFolder(dir)).rejects.toMatchObject({ where: join(dir, file) });
  });
});

describe("weights in parts", () => {
  const parts = {
    "model.safetensors": null,
    "model.safetensors.index.json": { weight_map: { b: "model-2.safetensors", a: "model-1.safetensors" } },
  };

  test("are found by their index, in order", async () => {
    const dir = folder({ ...parts, "model-1.safetensors": {}, "model-2.safetensors": {} });
    const expected = ["model-1.safetensors", "model-2.safetensors"].map((name) => join(dir, name));
    expect((await readModelFolder(dir)).weightFiles).toEqual(expected);
  });

  test("of which one is missing are an error that names it", async () => {
    const dir = folder({ ...parts, "model-1.safetensors": {} });
    await expect(readModelFolder(dir)).rejects.toMatchObject({ where: join(dir, "model-2.safetensors") });
  });
});

describe("prompts", () => {
  const prompts = (config: unknown, name?: string) =>
    readModelFolder(folder({ "config_sentence_transformers.json": config }, name));

  test("for queries and documents come from the model's own file", async () => {
    expect(await prompts({ prompts: { query: "q: ", passage: "p: " } })).toMatchObject({
      queryPrefix: "q: ",
      documentPrefix: "p: ",
    });
  });

  test("the default one stands in for what is not named", async () => {
    const config = { prompts: { query: "q: ", any: "a: " }, default_prompt_name: "any" };
    expect(await prompts(config)).toMatchObject({ queryPrefix: "q: ", documentPrefix: "a: " });
  });

  test("a well-known family that lost its prompts gets them", async () => {
    expect(await prompts({}, "e5-small-v2")).toMatchObject({ queryPrefix: "query: ", documentPrefix: "passage: " });
  });
});

describe("a conversion without modules.json", () => {
  const lost = { "modules.json": null, "1_Pooling/config.json": null, "sentence_bert_config.json": null };

  test("is completed for a well-known family, by the folder's name or the name inside", async () => {
    expect(await readModelFolder(folder(lost, "bge-small-en-v1.5"))).toMatchObject({ pooling: "cls", maxTokens: 512 });
    const config = { ...COMPLETE["config.json"], _name_or_path: "BAAI/bge-small-en" };
    expect(await readModelFolder(folder({ ...lost, "config.json": config }))).toMatchObject({ pooling: "cls" });
  });

  test.each([
    ["bge-small-en-v1.5-4bit", "cls", ""],
    ["multilingual-e5-base-mlx", "mean", "passage: "],
    ["Qwen3-Embedding-0.6B-4bit-DWQ", "lasttoken", ""],
    ["nomic-embed-text-v1.5", "mean", "search_document: "],
    ["snowflake-arctic-embed-l-v2.0-bf16", "cls", ""],
    ["all-mpnet-base-v2", "mean", ""],
  ])("%s is known, whatever the converter added to its name", async (name, pooling, documentPrefix) => {
    expect(await readModelFolder(folder(lost, name))).toMatchObject({ pooling, documentPrefix });
  });

  test("that lost a dense step which the family needs is an error that names it", async () => {
    const dir = folder(lost, "embeddinggemma-300m-4bit");
    await expect(readModelFolder(dir)).rejects.toMatchObject({ where: join(dir, "2_Dense/config.json") });
  });

  test("that kept modules.json and lost the folders beside it is completed, too", async () => {
    const dir = folder({ "1_Pooling/config.json": null }, "bge-base-en-v1.5-8bit");
    expect(await readModelFolder(dir)).toMatchObject({ pooling: "cls", normalize: true });
  });

  test("is an error for any other model", async () => {
    const dir = folder(lost);
    await expect(readModelFolder(dir)).rejects.toMatchObject({
      code: "model-incomplete",
      where: join(dir, "modules.json"),
    });
  });
});

describe("a broken folder", () => {
  test.each([
    ["config.json", null],
    ["config.json", "{"],
    ["config.json", {}],
    ["model.safetensors", null],
    ["tokenizer.json", null],
    ["1_Pooling/config.json", null],
    ["modules.json", "[]"],
  ])("%s as %j is an error that names it", async (file, content) => {
    const dir = folder({ [file]: content });
    await expect(readModelFolder(dir)).rejects.toMatchObject({ where: join(dir, file), hint: expect.any(String) });
  });
});
