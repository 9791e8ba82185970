/** Goal: a decoder's configuration and weights fit each other, or the error names what does not. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../src/mlx/index.ts";
import { flattenParams } from "../../src/mlx/nn/index.ts";
import { decoders } from "../../src/models/index.ts";
import { openDecoder } from "../../src/models/load-decoder.ts";
import { keptHandles } from "../support/leaks.ts";
import { TINY_ARCHITECTURES, tinyModel } from "../support/tiny-models.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-load-decoder-"));
});
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
interface Change {
  from?: string;
  config?: Record<string, unknown>;
  /** Another tensor in the place of one, or none. */
  tensors?: (name: string, tensor: mx.MlxArray) => mx.MlxArray | undefined;
  extra?: Record<string, mx.Shape>;
}

/** A copy of a tiny model with something changed. */
async function changed({ from, config, tensors, extra = {} }: Change): Promise<string> {
  const dir = join(root, String(folders++));
  cpSync(from ?? (await tinyModel("llama")), dir, { recursive: true });
  const path = join(dir, "config.json");
  if (config) writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...config }));
  if (tensors) {
    mx.tidy(() => {
      const read = mx.loadSafetensors(join(dir, "model.safetensors")).tensors;
      const kept = [...read].flatMap(([name, tensor]) => {
        const other = tensors(name, tensor);
        return other ? [[name, other] as const] : [];
      });
      const more = Object.entries(extra).map(([name, shape]) => [name, mx.zeros(shape)] as const);
      mx.evaluate(...kept.map(([, tensor]) => tensor));
      mx.saveSafetensors(join(dir, "new.safetensors"), [...kept, ...more]);
    });
    renameSync(join(dir, "new.safetensors"), join(dir, "model.safetensors"));
  }
  return dir;
}

const failure = async (change: Change): Promise<unknown> =>
  openDecoder(await changed(change)).then(
    (model) => model[Symbol.dispose](),
    (error) => error,
  );

describe("weights of a decoder", () => {
  test("may lie in several files", async () => {
    using whole = await openDecoder(await tinyModel("qwen3"));
    using parts = await openDecoder(await tinyModel("qwen3", { parts: 3 }));
    const of = (model: typeof whole) =>
      Object.fromEntries(flattenParams(model.params).map(([n, a]) => [n, a.toFloat32()]));
    expect(of(parts)).toEqual(of(whole));
  });

  test("that lack a part are an error that names the part", async () => {
    const dir = await changed({ from: await tinyModel("qwen3", { parts: 3 }) });
    rmSync(join(dir, "model-00002-of-00003.safetensors"));
    await expect(openDecoder(dir)).rejects.toMatchObject({
      code: "model-incomplete",
      message: "the model lacks 1 of its files, model-00002-of-00003.safetensors first",
    });
  });

  test("that are twice in the folder are an error", async () => {
    const dir = await changed({});
    cpSync(join(dir, "model.safetensors"), join(dir, "model-old.safetensors"));
    await expect(openDecoder(dir)).rejects.toMatchObject({
      code: "model-weights",
      message: expect.stringMatching(/^\S+ is in several files$/),
    });
  });

  test("that are missing are counted, and the first are named", async () => {
    expect(
      await failure({ tensors: (name, tensor) => (name.includes("layers.1.mlp") ? undefined : tensor) }),
    ).toMatchObject({
      code: "model-weights",
      message:
        "the weights lack model.layers.1.mlp.gate_proj.weight, model.layers.1.mlp.down_proj.weight, model.layers.1.mlp.up_proj.weight",
      where: expect.stringContaining("model.safetensors"),
    });
    expect(
      await failure({ tensors: (name, tensor) => (name.includes("layers.1") ? undefined : tensor) }),
    ).toMatchObject({
      message: expect.stringMatching(/^the weights lack model.layers.1.self_attn.q_proj.weight, .*, … \(9 in all\)$/),
    });
  });

  test("of other shapes are named with both shapes", async () => {
    expect(await failure({ config: { intermediate_size: 96 } })).toMatchObject({
      code: "model-weights",
      message: expect.stringContaining(
        "model.layers.0.mlp.gate_proj.weight has shape [128,64], the configuration asks for [96,64]; ",
      ),
    });
  });

  test("that are whole numbers, or belong to no layer, are named", async () => {
    const whole = (name: string, tensor: mx.MlxArray) =>
      name === "model.norm.weight" ? mx.astype(tensor, "int32") : tensor;
    expect(await failure({ tensors: whole })).toMatchObject({
      message: "model.norm.weight is int32, neither a float of 16 or 32 bits nor quantized",
    });
    const extra = { "model.layers.0.self_attn.q_proj.bias": [64] };
    expect(await failure({ tensors: (_, tensor) => tensor, extra })).toMatchObject({
      code: "model-weights",
      message: "the model has no place for model.layers.0.self_attn.q_proj.bias",
    });
  });

  test("that are tables of angles or a head beside a tied embedding are left out", async () => {
    const extra = { "model.layers.0.self_attn.rotary_emb.inv_freq": [8] };
    const config = { tie_word_embeddings: true };
    using model = await openDecoder(await changed({ config, tensors: (_, tensor) => tensor, extra }));
    expect(Object.keys(model.params)).toEqual(["model"]);
  });

  test.each([
    ["scales of another group", "scales", (x: mx.MlxArray) => mx.concatenate([x, x, x], -1), "has groups of 21"],
    [
      "fewer rows of scales",
      "scales",
      (x: mx.MlxArray) => mx.slice(x, [[0, 8]]),
      "has packed parts of shape [8,1] for [64,64]",
    ],
    [
      "a shorter weight",
      "weight",
      (x: mx.MlxArray) => mx.slice(x, [null, [0, 7]]),
      "has 3.5 bits a weight for [64,64]",
    ],
    [
      "floats for a weight",
      "weight",
      (x: mx.MlxArray) => mx.astype(x, "float32"),
      "is float32, but a quantized weight is uint32",
    ],
    [
      "other biases",
      "biases",
      (x: mx.MlxArray) => mx.slice(x, [[0, 8]]),
      "has biases of shape [8,1] for scales of [64,1]",
    ],
    ["no biases", "biases", () => undefined, "has no biases, and scales that are float32"],
  ])("that are quantized with %s are an error", async (_, part, change, message) => {
    const from = await tinyModel("llama", { quantize: { q_bits: 4 } });
    const name = `model.layers.0.self_attn.q_proj.${part}`;
    const error = await failure({ from, tensors: (own, tensor) => (own === name ? change(tensor) : tensor) });
    expect(error).toMatchObject({
      code: "model-weights",
      message: expect.stringContaining(`model.layers.0.self_attn.q_proj.weight ${message}`),
    });
  });

  test("are all freed, also when loading fails", async () => {
    const before = keptHandles();
    using _ = await openDecoder(await changed({}));
    const held = keptHandles();
    await failure({ config: { intermediate_size: 96 } });
    expect(keptHandles()).toBe(held);
    expect(held).toBeGreaterThan(before);
  });
});

describe("a decoder's configuration", () => {
  test("has a tiny model for each entry of the registry", () => {
    expect<string[]>([...TINY_ARCHITECTURES].sort()).toEqual([...decoders.names].sort());
  });

  test.each(TINY_ARCHITECTURES)("of %s is refused with absurd numbers, each by its name", async (name) => {
    const factory = await decoders.load(name);
    const config = JSON.parse(readFileSync(join(await tinyModel(name), "config.json"), "utf8"));
    for (const [key, value] of [
      ["hidden_size", 1e12],
      ["hidden_size", 64.5],
      ["num_hidden_layers", 0],
      ["num_hidden_layers", 1e9],
      ["vocab_size", -1],
      ["num_attention_heads", 0],
      ["intermediate_size", "128"],
    ] as const) {
      expect(() => factory({ ...config, [key]: value }, "config.json")).toThrow(
        expect.objectContaining({
          code: "model-unsupported",
          message: expect.stringContaining(key),
          where: "config.json",
        }),
      );
    }
    expect(() => factory({ ...config, num_key_value_heads: 3 }, "config.json")).toThrow(
      "3 key heads do not divide 4 query heads",
    );
  });

  test.each([
    [
      "heads that do not divide the width",
      { head_dim: null, num_attention_heads: 5, num_key_value_heads: 5 },
      "5 heads do not divide a hidden size of 64",
    ],
    [
      "an unknown rope type",
      { rope_scaling: { rope_type: "wavy", factor: 2 } },
      'rope type "wavy" is not supported; supported: default, linear',
    ],
    [
      "a name of Object's as rope type",
      { rope_scaling: { type: "constructor" } },
      'rope type "constructor" is not supported',
    ],
    ["no factor for a stretched rope", { rope_scaling: { rope_type: "llama3" } }, 'rope type "llama3" needs factor'],
    ["a factor of 0", { rope_scaling: { type: "linear", factor: 0 } }, "a rope factor of 0"],
    [
      "long factors for other heads",
      { rope_scaling: { type: "longrope", long_factor: [1, 2] } },
      "long_factor has 2 numbers for 8 pairs",
    ],
    ["an odd number of rotated features", { head_dim: 15 }, "15 rotated features"],
    ["another activation", { hidden_act: "gelu" }, "hidden_act"],
    ["a negative base", { rope_theta: -5 }, "rope_theta"],
    ["layer types for other layers", { layer_types: ["full_attention"] }, "layer_types has another length"],
    [
      "a window of unknown size",
      { layer_types: ["full_attention", "sliding_attention"] },
      "sliding_attention needs sliding_window",
    ],
  ])("with %s is an error that says so", async (_, config, message) => {
    expect(await failure({ config })).toMatchObject({
      code: "model-unsupported",
      message: expect.stringContaining(message),
      where: expect.stringContaining("config.json"),
    });
  });

  test("with an unknown model_type is an error that lists the known ones", async () => {
    expect(await failure({ config: { model_type: "rwkv9" } })).toMatchObject({
      code: "model-unsupported",
      message: 'model type "rwkv9" is not supported',
      hint: expect.stringContaining("gemma3_text, llama, mistral"),
    });
  });
});
