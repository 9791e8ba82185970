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
    ["newer files", { pooling_mode: "mean" }, "mean"],
  ])("is read from %s", async (_, config, expected) => {
    expect(await pooling(config)).toMatchObject({ pooling: expected });
  });

  test.each([
    ["two at once", { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true }],
    ["another one", { pooling_mode_lasttoken: true }],
    ["none", {}],
    ["one without the prompt", { pooling_mode: "mean", include_prompt: false }],
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

  test("a further module is an error that names the file", async () => {
    const dir = folder({
      "modules.json": [...COMPLETE["modules.json"].slice(0, 2), { path: "2_Dense", type: `${ST}.Dense` }],
    });
    await expect(readModelFolder(dir)).rejects.toMatchObject({ where: join(dir, "modules.json") });
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
