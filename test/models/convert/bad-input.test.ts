/** Goal: a model that cannot be converted is refused with what is wrong and where, and nothing is written. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { convertModel } from "../../../src/models/convert/convert.ts";
import { type LayerRules, readLayerRules, ruleFor } from "../../../src/models/convert/layer-rules.ts";
import { sizesOf } from "../../../src/models/convert/modes.ts";
import { fuseModel } from "../../../src/models/fuse/fuse.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { tinyModel } from "../../support/tiny-models.ts";

let folder: string;
let model: string;
let count = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mdp-bad-models-"));
  model = await tinyModel("llama");
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy that is changed, and where it is. */
function broken(change: (dir: string) => void): string {
  const dir = join(folder, `model-${count++}`);
  cpSync(model, dir, { recursive: true });
  change(dir);
  return dir;
}

function setConfig(dir: string, change: Record<string, unknown>): void {
  const path = join(dir, "config.json");
  const config = { ...JSON.parse(readFileSync(path, "utf8")), ...change };
  writeFileSync(path, JSON.stringify(config));
}

function setTensors(dir: string, change: (tensors: Map<string, mx.MlxArray>) => void): void {
  mx.tidy(() => {
    const path = join(dir, "model.safetensors");
    const { tensors } = mx.loadSafetensors(path);
    mx.evaluate(...tensors.values());
    change(tensors);
    mx.saveSafetensors(path, tensors);
  });
}

const cases: [string, (dir: string) => void, RegExp][] = [
  ["no configuration", (dir) => rmSync(join(dir, "config.json")), /cannot be read/],
  ["a configuration that is no JSON", (dir) => writeFileSync(join(dir, "config.json"), '{"a": NaN}'), /cannot be read/],
  ["an unknown model_type", (dir) => setConfig(dir, { model_type: "mamba" }), /"mamba" is not supported/],
  ["no model_type", (dir) => setConfig(dir, { model_type: null }), /model_type/],
  ["a width of a billion", (dir) => setConfig(dir, { hidden_size: 1e9 }), /hidden_size/],
  ["a million layers", (dir) => setConfig(dir, { num_hidden_layers: 1e6 }), /num_hidden_layers/],
  ["minus one head", (dir) => setConfig(dir, { num_attention_heads: -1 }), /num_attention_heads/],
  ["a width of text", (dir) => setConfig(dir, { hidden_size: "64" }), /hidden_size/],
  ["more layers than weights", (dir) => setConfig(dir, { num_hidden_layers: 4 }), /the weights lack model.layers.2/],
  ["another vocabulary", (dir) => setConfig(dir, { vocab_size: 100 }), /embed_tokens.weight has shape \[512,64\]/],
  [
    "weights of AWQ",
    (dir) => setConfig(dir, { quantization_config: { quant_method: "awq" } }),
    /by "awq" cannot be read/,
  ],
  ["no weights", (dir) => rmSync(join(dir, "model.safetensors")), /no weights/],
  ["cut weights", (dir) => truncateSync(join(dir, "model.safetensors"), 5000), /not a valid safetensors file/],
  [
    "weights that are text",
    (dir) => writeFileSync(join(dir, "model.safetensors"), "weights"),
    /not a valid safetensors/,
  ],
  ["a missing tensor", (dir) => setTensors(dir, (all) => all.delete("model.norm.weight")), /lack model.norm.weight/],
  [
    "a foreign tensor",
    (dir) => setTensors(dir, (all) => all.set("model.extra", mx.ones([1]))),
    /no place for model.extra/,
  ],
  [
    "a tensor of integers",
    (dir) => setTensors(dir, (all) => all.set("model.norm.weight", mx.ones([64], "int32"))),
    /is int32/,
  ],
  [
    "a missing part",
    (dir) => {
      const index = { weight_map: { "model.norm.weight": "model-00002-of-00002.safetensors" } };
      writeFileSync(join(dir, "model.safetensors.index.json"), JSON.stringify(index));
    },
    /lacks 1 of its files, model-00002-of-00002/,
  ],
  [
    "one tensor in two files",
    (dir) => cpSync(join(dir, "model.safetensors"), join(dir, "model-2.safetensors")),
    /is in several files/,
  ],
];

describe("a model with", () => {
  test.each(cases)("%s is refused", async (_, change, message) => {
    const dir = broken(change);
    const out = join(folder, "out");
    await expectNoLeaksAsync(async () => {
      await expect(convertModel({ dir, name: dir, out, quantize: {} })).rejects.toThrow(message);
    });
    expect(readdirSync(folder).filter((name) => name.startsWith("out"))).toEqual([]);
  });

  test("an adapter that is not there is not fused", async () => {
    const work = fuseModel({ dir: model, name: "x", adapter: join(folder, "none"), out: join(folder, "fused") });
    await expect(work).rejects.toMatchObject({ code: "adapter-incomplete" });
    expect(existsSync(join(folder, "fused"))).toBe(false);
  });
});

describe("quantizing", () => {
  const out = () => join(folder, `quantized-${count++}`);

  test("by a recipe that needs layers of other names is refused", async () => {
    const dir = await tinyModel("phi");
    const work = convertModel({ dir, name: dir, out: out(), quantize: { recipe: "mixed_2_6" } });
    await expect(work).rejects.toMatchObject({ code: "recipe-unfit" });
  });

  test("one layer in groups that do not divide it is refused by its name", async () => {
    const layers: LayerRules = { file: "rules.yaml", rules: [["lm_head", { group_size: 128, bits: 4 }]] };
    const work = convertModel({ dir: model, name: model, out: out(), quantize: { layers } });
    await expect(work).rejects.toThrow(/groups of 128 weights do not divide the 64 features of lm_head/);
  });

  test("keeps layers whose rows the group does not divide, and says so nowhere in the configuration", async () => {
    const place = out();
    await convertModel({ dir: model, name: model, out: place, quantize: { groupSize: 128 } });
    const { quantization } = await Bun.file(join(place, "config.json")).json();
    expect(quantization).toEqual({ group_size: 128, bits: 4, mode: "affine" });
  });

  test("says the group's size of each layer, where mlx-lm says null", async () => {
    const place = out();
    await convertModel({ dir: model, name: model, out: place, quantize: { recipe: "mixed_3_6" } });
    const { quantization } = await Bun.file(join(place, "config.json")).json();
    expect(quantization.lm_head).toEqual({ group_size: 64, bits: 6, mode: "affine" });
    const sizes = Object.values<{ group_size?: number }>(quantization).flatMap((entry) => entry.group_size ?? []);
    expect(new Set(sizes)).toEqual(new Set([64]));
    expect(JSON.stringify(quantization)).not.toContain("null");
  });
});

describe("rules of layers", () => {
  const paths = ["model.embed_tokens", "model.layers.0.mlp.up_proj", "model.layers.1.mlp.up_proj", "lm_head"];
  const base = sizesOf("affine");
  const read = async (text: string) => {
    const file = join(folder, `rules-${count++}.yaml`);
    writeFileSync(file, text);
    return ruleFor(await readLayerRules(file), base, paths);
  };

  test("hold for the first pattern that fits, with the usual sizes for what they leave out", async () => {
    const rule = await read('lm_head: false\n"*.0.*": 8\n"*.up_proj":\n  group_size: 32\nmodel.embed_tokens: true\n');
    expect(paths.map(rule)).toEqual([
      true,
      { groupSize: 64, bits: 8, mode: "affine" },
      { groupSize: 32, bits: 4, mode: "affine" },
      false,
    ]);
  });

  test("may name another mode, which brings its own sizes", async () => {
    const rule = await read('{"lm_head": {"mode": "mxfp8"}}');
    expect(rule("lm_head")).toEqual({ groupSize: 32, bits: 8, mode: "mxfp8" });
    expect(rule("model.embed_tokens")).toBeUndefined();
  });

  test("take dots and brackets as they stand", async () => {
    await expect(read('"model.layers.[01].mlp.up_proj": 4')).rejects.toThrow(/fits no layer/);
    await expect(read('"lm.head": 4')).rejects.toThrow(/fits no layer/);
  });

  test.each([
    ["a text", 'lm_head: "four"', /"lm_head" has no valid rule/],
    ["an unknown key", "lm_head: {bit: 4}", /"lm_head" has no valid rule/],
    ["7 bits", "lm_head: 7", /no number of bits 7/],
    ["a list", "[1, 2]", /must map layers|no valid rule/],
    ["no YAML", "a: b: c: [", /cannot be read/],
  ])("with %s are refused", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
