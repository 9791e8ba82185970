/** `mdp model inspect` of models that generate. */
import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { GeneratorDetails } from "../../src/pipelines/models.ts";
import { TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

const folder = new TempProject();
afterAll(() => folder[Symbol.dispose]());
const inspect = (model: string) => folder.json<GeneratorDetails>("model", "inspect", model);

describe("mdp model inspect", () => {
  test("tells type, size, context and files of a plain model", async () => {
    const dir = await tinyModel("llama", { dtype: "bfloat16" });
    expect(await inspect(dir)).toEqual({
      kind: "generating",
      name: dir,
      dir,
      modelType: "llama",
      architecture: "LlamaForCausalLM",
      parameters: 139_584,
      bitsPerWeight: 16,
      dtype: "bfloat16",
      quantization: null,
      contextLength: 512,
      layers: 2,
      hiddenSize: 64,
      vocabulary: 512,
      tokenizer: true,
      chatTemplate: true,
      files: 1,
      bytes: 279_168,
      problem: null,
    });
    const { code, stdout } = await folder.run("model", "inspect", dir);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^parameters +139,584$/m);
    expect(stdout).toMatch(/^context +512 tokens$/m);
  });

  test("counts packed numbers one by one, and says when layers differ", async () => {
    const dir = await tinyModel("llama", { quantize: { q_bits: 3, q_group_size: 32 } });
    const details = await inspect(dir);
    expect(details).toMatchObject({ parameters: 139_584, quantization: { bits: 3, groupSize: 32, perLayer: false } });
    expect(details.bitsPerWeight).toBeCloseTo(5.05, 1);
    await folder.run(
      "model",
      "quantize",
      "--model",
      await tinyModel("llama"),
      "--mlx-path",
      "mixed",
      "--quant-predicate",
      "mixed_2_6",
    );
    expect((await inspect("./mixed")).quantization).toEqual({ bits: 4, groupSize: 64, mode: "affine", perLayer: true });
  });

  test("describes a model of an unknown type, and says that it cannot be used", async () => {
    cpSync(await tinyModel("llama"), folder.path("strange"), { recursive: true });
    const path = folder.path("strange/config.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), model_type: "rwkv" }));
    const details = await inspect("./strange");
    expect(details).toMatchObject({ modelType: "rwkv", parameters: 139_584, dtype: "float32" });
    expect(details.problem).toMatch(/"rwkv" is not supported/);
    expect((await folder.run("model", "inspect", "./strange")).code).toBe(1);
  });

  test("of a folder without weights is an error", async () => {
    cpSync(await tinyModel("llama"), folder.path("empty"), { recursive: true });
    rmSync(folder.path("empty/model.safetensors"));
    const { code, stderr } = await folder.run("model", "inspect", "./empty");
    expect(code).toBe(1);
    expect(stderr).toContain("no weights");
  });
});
