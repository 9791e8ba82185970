/** Goal: PEFT's adapters give torch's logits here, and what we write for PEFT is what PEFT wrote itself. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { applyAdapter } from "../../../src/models/adapters/apply.ts";
import { loadAdapter } from "../../../src/models/adapters/load.ts";
import { savePeftAdapter } from "../../../src/models/adapters/peft-save.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { tinyModel } from "../../support/tiny-models.ts";

const MODELS = join(import.meta.dir, "../../../fixtures/models");
const golden: { ids: number[][]; logits: Record<string, number[]> } = JSON.parse(
  readFileSync(join(MODELS, "../golden/peft.json"), "utf8"),
);
const names = ["lora", "rslora", "dora", "embedding", "patterns"] as const;

let model: LoadedDecoder;
let folder: string;
beforeAll(async () => {
  model = await openDecoder(join(MODELS, "tiny-llama"));
  folder = mkdtempSync(join(tmpdir(), "mdp-peft-"));
});
afterAll(() => {
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

describe("an adapter of PEFT", () => {
  test.each(names)("gives torch's logits: %s", async (name) => {
    await expectNoLeaksAsync(async () => {
      const adapter = await loadAdapter(join(MODELS, `tiny-llama-${name}`));
      const params = applyAdapter(model.params, model.decoder.shapes(), adapter);
      expect(farthest(logits(params), golden.logits[name]!)).toBeLessThanOrEqual(1e-5);
      mx.disposeAll(adapter.arrays);
    });
  });

  test("changes the base model's logits, which are torch's too", () => {
    expect(farthest(logits(model.params), golden.logits.base!)).toBeLessThanOrEqual(1e-5);
    for (const name of names) {
      expect(farthest(Float32Array.from(golden.logits.base!), golden.logits[name]!)).toBeGreaterThan(0.01);
    }
  });

  test.each([
    ["another rank than its arrays", { rank_pattern: { q_proj: 2 } }, /q_proj.lora_a has .* give the rank 2/],
    ["a pattern that is more than a name", { alpha_pattern: { "(a+)+q_proj": 2 } }, /only plain names/],
    ["another kind", { peft_type: "IA3" }, /only LoRA and DoRA/],
    ["trained biases", { bias: "all" }, /trained biases/],
  ])("with %s is refused with what is wrong", async (_, change, message) => {
    const dir = copyOf("lora");
    const path = join(dir, "adapter_config.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
    await expect(loadAdapter(dir)).rejects.toThrow(message);
  });

  test("with a layer that was trained whole is refused with its name", async () => {
    const dir = copyOf("lora");
    mx.tidy(() => {
      const path = join(dir, "adapter_model.safetensors");
      const { tensors } = mx.loadSafetensors(path);
      tensors.set("base_model.model.lm_head.weight", mx.zeros([64, 32]));
      for (const array of tensors.values()) array.eval();
      mx.saveSafetensors(path, tensors);
    });
    await expect(loadAdapter(dir)).rejects.toThrow(/lm_head.weight is no part of a low-rank pair/);
  });

  test("of an embedding does not fit a model whose head shares the weight", async () => {
    const shapes = Object.fromEntries(Object.entries(model.decoder.shapes()).filter(([name]) => !/lm_head/.test(name)));
    const adapter = await loadAdapter(join(MODELS, "tiny-llama-embedding"));
    expect(() => applyAdapter(model.params, shapes, adapter)).toThrow(/head too/);
    await expect(savePeftAdapter(join(folder, "tied"), adapter, shapes, "m")).rejects.toThrow(/head too/);
    mx.disposeAll(adapter.arrays);
  });
});

describe("what we write for PEFT", () => {
  test.each(names.slice(0, 4))("has the arrays that PEFT wrote, and its settings: %s", async (name) => {
    await expectNoLeaksAsync(async () => {
      const original = join(MODELS, `tiny-llama-${name}`);
      const dir = join(folder, name);
      const adapter = await loadAdapter(original);
      await savePeftAdapter(dir, adapter, model.decoder.shapes(), "tiny-llama");
      mx.disposeAll(adapter.arrays);
      mx.tidy(() => {
        const [own, theirs] = [dir, original].map((at) => mx.loadSafetensors(join(at, "adapter_model.safetensors")));
        expect(own!.metadata).toEqual(new Map([["format", "pt"]]));
        // PEFT repeats the untrained embedding.
        theirs!.tensors.delete("base_model.model.model.embed_tokens.base_layer.weight");
        const plain = (arrays: Map<string, mx.MlxArray>) =>
          Object.fromEntries([...arrays].map(([key, array]) => [key, array.tolist()]));
        expect(plain(own!.tensors)).toEqual(plain(theirs!.tensors));
      });
      const { r, lora_alpha, use_rslora, ...ours } = JSON.parse(readFileSync(join(dir, "adapter_config.json"), "utf8"));
      const theirs = JSON.parse(readFileSync(join(original, "adapter_config.json"), "utf8"));
      const factor = theirs.lora_alpha / (theirs.use_rslora ? Math.sqrt(theirs.r) : theirs.r);
      expect([r, use_rslora, lora_alpha / r]).toEqual([theirs.r, false, factor]);
      for (const key of ["peft_type", "task_type", "use_dora", "bias", "fan_in_fan_out", "lora_dropout"]) {
        expect([key, ours[key]]).toEqual([key, theirs[key]]);
      }
      const one = ["model.layers.1.mlp.up_proj", "model.layers.1.self_attn.k_proj"];
      expect(ours.target_modules).toEqual(name === "rslora" ? one : theirs.target_modules);
    });
  });

  test("is refused for whole weights", async () => {
    const spec = { method: "full", numLayers: 1, lora: { rank: 1, scale: 1, dropout: 0 } } as const;
    const write = savePeftAdapter(join(folder, "full"), { spec, arrays: new Map() }, model.decoder.shapes(), "m");
    await expect(write).rejects.toThrow(/none for PEFT/);
  });
});

test("an adapter of mlx-lm's kind whose embedding is tied still serves the head", async () => {
  const tied = await openDecoder(await tinyModel("qwen3", { config: { tie_word_embeddings: true } }));
  const spec = { method: "lora", numLayers: 1, lora: { rank: 1, scale: 1, dropout: 0, keys: ["model.embed_tokens"] } };
  const arrays = mx.tidy(() => {
    const [rows, features] = tied.decoder.shapes()["model.embed_tokens.weight"] as [number, number];
    return new Map([
      ["model.embed_tokens.lora_a", mx.ones([rows, 1])],
      ["model.embed_tokens.lora_b", mx.ones([1, features])],
    ]);
  });
  const params = applyAdapter(tied.params, tied.decoder.shapes(), { spec: { ...spec, method: "lora" }, arrays });
  mx.tidy(() => {
    const hidden = mx.ones([1, features(tied)]);
    const change = mx.subtract(tied.decoder.head(params, hidden), tied.decoder.head(tied.params, hidden));
    for (const value of change.toFloat32()) expect(value).toBeCloseTo(features(tied), 3);
  });
  mx.disposeAll(arrays);
  tied[Symbol.dispose]();
});

function features({ decoder }: LoadedDecoder): number {
  return decoder.config.hidden_size;
}

function copyOf(name: string): string {
  const dir = mkdtempSync(join(folder, "copy-"));
  cpSync(join(MODELS, `tiny-llama-${name}`), dir, { recursive: true });
  return dir;
}

function logits(params: LoadedDecoder["params"]): Float32Array {
  const { decoder } = model;
  return mx.tidy(() =>
    decoder.head(params, decoder.forward(params, { ids: mx.array(golden.ids, "int32") })).toFloat32(),
  );
}

function farthest(values: Float32Array, expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  return values.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
}
