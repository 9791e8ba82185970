/** Goal: a fresh adapter has mlx-lm's layers and, for the same seed, the bits of its first numbers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../../../src/core/errors.ts";
import * as mx from "../../../src/mlx/index.ts";
import { flattenParams, KeySequence } from "../../../src/mlx/nn/index.ts";
import { adapt } from "../../../src/models/adapters/adapt.ts";
import type { AdapterSpec, Method } from "../../../src/models/adapters/adapter.ts";
import { adapterSettings } from "../../../src/models/adapters/save.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaks } from "../../support/leaks.ts";
import { mlxLmAdapters } from "../../support/mlx-lm-adapters.ts";
import { type TinyArchitecture, type TinyOptions, tinyModel } from "../../support/tiny-models.ts";

interface Case {
  architecture: TinyArchitecture;
  options?: TinyOptions;
  spec: AdapterSpec;
}
const spec = (method: Method = "lora", numLayers = -1, keys?: string[]): AdapterSpec => ({
  method,
  numLayers,
  lora: { rank: 3, scale: 20, dropout: 0, keys },
});
const quantized: TinyOptions = { quantize: { q_bits: 4, q_group_size: 32 } };
const untied: TinyOptions = { config: { tie_word_embeddings: false } };
const cases: Case[] = [
  ...(
    [
      "llama",
      "mistral",
      "qwen2",
      "qwen3",
      "phi3",
      "gemma",
      "gemma2",
      "gemma3_text",
      "smollm3",
      "phi",
      "mixtral",
      "qwen3_moe",
    ] as const
  ).map((architecture) => ({ architecture, spec: spec() })),
  { architecture: "llama", spec: spec("lora", 1) },
  { architecture: "llama", spec: spec("lora", 0) },
  { architecture: "llama", spec: spec("lora", 1, ["mlp.up_proj", "self_attn.q_proj"]) },
  {
    architecture: "llama",
    options: untied,
    spec: spec("lora", 1, ["self_attn.v_proj", "lm_head", "model.embed_tokens"]),
  },
  { architecture: "llama", spec: spec("lora", 1, ["model.layers.0.mlp.gate_proj"]) },
  { architecture: "llama", options: quantized, spec: spec() },
  { architecture: "llama", options: { dtype: "bfloat16" }, spec: spec("dora") },
  { architecture: "qwen2", spec: spec("dora", 1) },
  { architecture: "llama", options: quantized, spec: spec("dora") },
  { architecture: "llama", spec: spec("dora", 1, ["self_attn.q_proj", "model.embed_tokens"]) },
  { architecture: "qwen2", spec: spec("full", 1) },
  { architecture: "llama", spec: spec("full", -1) },
];
const SEED = 11;

let folder: string;
const models = new Map<string, LoadedDecoder>();
const modelOf = ({ architecture, options }: Pick<Case, "architecture" | "options">) =>
  models.get(`${architecture} ${JSON.stringify(options)}`)!;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mdp-adapt-"));
  for (const { architecture, options } of cases) {
    const name = `${architecture} ${JSON.stringify(options)}`;
    if (!models.has(name)) models.set(name, await openDecoder(await tinyModel(architecture, options)));
  }
  await mlxLmAdapters(
    cases.map((one, index) => {
      const out = join(folder, `${index}.safetensors`);
      return { op: "init", model: modelOf(one).dir, seed: SEED, spec: adapterSettings(one.spec), out };
    }),
  );
}, 300_000);

afterAll(() => {
  for (const model of models.values()) model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

describe("a fresh adapter", () => {
  test.each(cases.map((one, index) => [describeCase(one), one, index] as const))(
    "of %s has mlx-lm's arrays",
    (_, one, index) => {
      const model = modelOf(one);
      expectNoLeaks(() =>
        mx.tidy(() => {
          using keys = new KeySequence(SEED);
          const { params, trainable } = adapt(model.params, model.decoder.shapes(), one.spec, keys);
          const arrays = new Map(flattenParams(params));
          const theirs = mx.loadSafetensors(join(folder, `${index}.safetensors`)).tensors;
          expect(trainable.toSorted()).toEqual([...theirs.keys()].sort());
          for (const [path, array] of theirs) {
            const own = arrays.get(path)!;
            expect([path, own.dtype, ...own.shape]).toEqual([path, array.dtype, ...array.shape]);
            expect([path, Buffer.compare(bytes(own), bytes(array))]).toEqual([path, 0]);
          }
        }),
      );
    },
  );

  test("leaves the model's own tree and arrays as they were", () => {
    const model = modelOf(cases[0]!);
    const before = flattenParams(model.params);
    expectNoLeaks(() =>
      mx.tidy(() => {
        using keys = new KeySequence(0);
        const { params } = adapt(model.params, model.decoder.shapes(), spec(), keys);
        const added = new Set(flattenParams(params).map(([path]) => path));
        for (const [path] of before) expect(added.has(path)).toBe(true);
      }),
    );
    const after = flattenParams(model.params);
    expect(after.map(([path]) => path)).toEqual(before.map(([path]) => path));
    expect(after.every(([, array], index) => array === before[index]![1] && !array.isDisposed)).toBe(true);
  });

  test("changes no logit, since one array of each pair is zero; with DoRA too", () => {
    const model = modelOf(cases[0]!);
    mx.tidy(() => {
      const ids = mx.array([[1, 2, 3, 4]], "int32");
      const before = model.logits({ ids }).toFloat32();
      for (const [method, digits] of [
        ["lora", 7],
        ["dora", 4],
      ] as const) {
        using keys = new KeySequence(0);
        const { params } = adapt(model.params, model.decoder.shapes(), spec(method), keys);
        const { decoder } = model;
        const after = decoder.head(params, decoder.forward(params, { ids })).toFloat32();
        after.forEach((value, i) => {
          expect(value).toBeCloseTo(before[i]!, digits);
        });
      }
    });
  });
});

describe("what cannot be trained is refused, with the next step:", () => {
  const attempt = (one: Case) => () =>
    mx.tidy(() => {
      using keys = new KeySequence(0);
      const { params, decoder } = modelOf(one);
      return adapt(params, decoder.shapes(), one.spec, keys).trainable;
    });

  test("more layers than there are", () => {
    expect(attempt({ architecture: "llama", spec: spec("lora", 3) })).toThrow(/3 layers .* the model has 2/);
  });

  test("a key that names no layer, or only a norm", () => {
    const one = { architecture: "llama", spec: spec("lora", 1, ["self_attn.q_proj", "self_attn.q"]) } as const;
    expect(attempt(one)).toThrow(new UsageError("no layer for the key self_attn.q"));
    expect(attempt({ ...one, spec: spec("lora", 1, ["input_layernorm"]) })).toThrow(/no layer for the key/);
  });

  test("an empty list of keys", () => {
    expect(attempt({ architecture: "llama", spec: spec("lora", 1, []) })).toThrow(/the last 1 blocks have none/);
  });

  test("all weights of a quantized model", () => {
    expect(attempt({ architecture: "llama", options: quantized, spec: spec("full") })).toThrow(/q_proj is quantized/);
  });

  test("experts with DoRA", () => {
    expect(attempt({ architecture: "mixtral", spec: spec("dora") })).toThrow(/DoRA cannot change the experts/);
  });

  test("a quantized embedding with DoRA", () => {
    const one = { architecture: "llama", options: quantized, spec: spec("dora", 1, ["model.embed_tokens"]) } as const;
    expect(attempt(one)).toThrow(/quantized embedding model.embed_tokens/);
  });
});

function describeCase({ architecture, options = {}, spec }: Case): string {
  const { method, numLayers, lora } = spec;
  return [architecture, JSON.stringify(options), method, numLayers, ...(lora.keys ?? [])].join(" ");
}

function bytes(array: mx.MlxArray): Uint8Array {
  return new Uint8Array(array.toBytes());
}
