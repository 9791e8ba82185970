/** Goal: adapters pass between mlx-lm and us in both directions, and what does not fit is refused with a list. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { dropout, flattenParams, KeySequence, type Params, replaceParams } from "../../../src/mlx/nn/index.ts";
import { adapt, withDropout } from "../../../src/models/adapters/adapt.ts";
import type { AdapterSpec, Method } from "../../../src/models/adapters/adapter.ts";
import { applyAdapter, useAdapter } from "../../../src/models/adapters/apply.ts";
import { fuseParams } from "../../../src/models/adapters/fuse.ts";
import { loadAdapter } from "../../../src/models/adapters/load.ts";
import { adapterSettings, saveAdapter } from "../../../src/models/adapters/save.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaksAsync } from "../../support/leaks.ts";
import { mlxLmAdapters } from "../../support/mlx-lm-adapters.ts";
import { type TinyArchitecture, type TinyOptions, tinyModel } from "../../support/tiny-models.ts";

interface Case {
  name: string;
  architecture: TinyArchitecture;
  options?: TinyOptions;
  spec: AdapterSpec;
  /** mlx-lm calls MLX's product of chosen quantized matrices with an argument that this version does not have. */
  noLogits?: boolean;
}
const spec = (method: Method = "lora", numLayers = -1, keys?: string[]): AdapterSpec => ({
  method,
  numLayers,
  lora: { rank: 4, scale: 2, dropout: method === "full" ? 0 : 0.3, keys },
});
const quantized = (bits: number): TinyOptions => ({ quantize: { q_bits: bits, q_group_size: 32 } });
const cases: Case[] = [
  { name: "LoRA", architecture: "llama", spec: spec() },
  { name: "LoRA of biased layers", architecture: "qwen2", spec: spec("lora", 1) },
  { name: "LoRA in bfloat16", architecture: "llama", options: { dtype: "bfloat16" }, spec: spec() },
  { name: "LoRA beside 4 bits", architecture: "llama", options: quantized(4), spec: spec() },
  {
    name: "LoRA of a tied embedding",
    architecture: "qwen3",
    options: { config: { tie_word_embeddings: true } },
    spec: spec("lora", 1, ["model.embed_tokens", "self_attn.q_proj"]),
  },
  {
    name: "LoRA of a quantized embedding",
    architecture: "llama",
    options: quantized(8),
    spec: spec("lora", 1, ["model.embed_tokens"]),
  },
  { name: "DoRA", architecture: "llama", spec: spec("dora") },
  { name: "DoRA of biased layers", architecture: "qwen2", spec: spec("dora") },
  { name: "DoRA in bfloat16", architecture: "llama", options: { dtype: "bfloat16" }, spec: spec("dora", 1) },
  { name: "DoRA beside 4 bits", architecture: "llama", options: quantized(4), spec: spec("dora") },
  {
    name: "DoRA of a tied embedding",
    architecture: "qwen3",
    options: { config: { tie_word_embeddings: true } },
    spec: spec("dora", 1, ["model.embed_tokens"]),
  },
  { name: "LoRA of experts", architecture: "qwen3_moe", spec: spec() },
  {
    name: "LoRA beside experts in 4 bits",
    architecture: "mixtral",
    options: quantized(4),
    spec: spec("lora", 1),
    noLogits: true,
  },
  { name: "LoRA beside MX floats", architecture: "llama", options: { quantize: { q_mode: "mxfp4" } }, spec: spec() },
  { name: "all weights", architecture: "llama", spec: spec("full", 1) },
];
const ids = [
  [5, 17, 80, 3, 41, 2, 9],
  [1, 1, 300, 12, 7, 66, 0],
];

const SEED = 7;

interface Answer {
  shape: number[];
  logits: string;
}
let folder: string;
const models: LoadedDecoder[] = [];
let theirs: { adapter: Answer; fused: { names: string[] }; ours: Answer; dropped: Answer }[];
let base: Answer[];

const dirOf = (index: number, whose: "theirs" | "ours") => join(folder, `${whose}-${index}`);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mdp-adapter-files-"));
  for (const [index, { architecture, options, spec }] of cases.entries()) {
    const model = await openDecoder(await tinyModel(architecture, options));
    models.push(model);
    await saveOurs(model, spec, dirOf(index, "ours"));
  }
  const requests = cases.flatMap(({ spec, noLogits }, index) => {
    const [model, adapter] = [models[index]!.dir, dirOf(index, "theirs")];
    return [
      { op: "train", model, seed: index, spec: adapterSettings(spec), out: adapter },
      { op: noLogits ? "load" : "logits", model, adapter, ids },
      { op: "fuse", model, adapter, dequantize: false, out: join(folder, `fused-${index}.safetensors`) },
      { op: "fuse", model, adapter, dequantize: true, out: join(folder, `plain-${index}.safetensors`) },
      { op: noLogits ? "load" : "logits", model, adapter: dirOf(index, "ours"), ids },
      {
        op: noLogits ? "load" : "gradients",
        model,
        adapter: dirOf(index, "ours"),
        ids,
        out: join(folder, `gradients-${index}.safetensors`),
      },
      { op: noLogits ? "load" : "dropout", model, adapter: dirOf(index, "ours"), ids, seed: SEED },
    ];
  });
  const plain = cases.map((_, index) => ({
    op: cases[index]!.noLogits ? "load" : "logits",
    model: models[index]!.dir,
    ids,
  }));
  const answers = await mlxLmAdapters<never>([...requests, ...plain]);
  theirs = cases.map((_, index) => ({
    adapter: answers[index * 7 + 1]!,
    fused: answers[index * 7 + 2]!,
    ours: answers[index * 7 + 4]!,
    dropped: answers[index * 7 + 6]!,
  }));
  base = answers.slice(requests.length);
}, 300_000);

afterAll(() => {
  for (const model of models) model[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const numbered = cases.map((one, index) => [one.name, index] as const);
const answered = numbered.filter(([, index]) => !cases[index]!.noLogits);

describe("an adapter", () => {
  test.each(answered)("of mlx-lm gives its logits here: %s", async (_, index) => {
    expect(farthest(await logitsWith(index, dirOf(index, "theirs")), theirs[index]!.adapter)).toBeLessThanOrEqual(
      toleranceOf(index),
    );
  });

  test.each(answered)("of ours gives the same logits in mlx-lm: %s", async (_, index) => {
    expect(farthest(await logitsWith(index, dirOf(index, "ours")), theirs[index]!.ours)).toBeLessThanOrEqual(
      toleranceOf(index),
    );
  });

  test.each(answered)("in these comparisons does change the logits: %s", (_, index) => {
    const changed = floats(theirs[index]!.adapter);
    expect(farthest(changed, base[index]!)).toBeGreaterThan(0.01);
    expect(farthest(floats(theirs[index]!.ours), base[index]!)).toBeGreaterThan(0.01);
  });

  test.each(answered)("drops what mlx-lm drops in training: %s", async (_, index) => {
    const { decoder } = models[index]!;
    const adapter = await loadAdapter(dirOf(index, "ours"));
    const { dropout: share } = adapter.spec.lora;
    using keys = new KeySequence(SEED);
    const tree = applyAdapter(models[index]!.params, decoder.shapes(), adapter);
    const values = logitsOf(index, withDropout(tree, dropout(share, keys)));
    expect(farthest(values, theirs[index]!.dropped)).toBeLessThanOrEqual(toleranceOf(index));
    if (share > 0) expect(farthest(values, theirs[index]!.ours)).toBeGreaterThan(0.01);
    expect(logitsOf(index, withDropout(tree, undefined))).toEqual(logitsOf(index, tree));
    mx.disposeAll(adapter.arrays);
  });

  test.each(answered)("has mlx-lm's gradients: %s", async (_, index) => {
    const { decoder } = models[index]!;
    const adapter = await loadAdapter(dirOf(index, "ours"));
    const tree = applyAdapter(models[index]!.params, decoder.shapes(), adapter);
    mx.tidy(() => {
      const expected = mx.loadSafetensors(join(folder, `gradients-${index}.safetensors`)).tensors;
      expect([...expected.keys()].sort()).toEqual([...adapter.arrays.keys()].sort());
      const paths = [...adapter.arrays.keys()];
      using gradient = mx.valueAndGrad(
        (inputs) => {
          const params = replaceParams(
            tree,
            paths.map((path, i) => [path, inputs[i]!] as const),
          );
          return [mx.mean(mx.square(decoder.head(params, decoder.forward(params, { ids: mx.array(ids, "int32") }))))];
        },
        paths.map((_, i) => i),
      );
      const { gradients } = gradient.apply([...adapter.arrays.values()]);
      for (const [i, path] of paths.entries()) {
        const [own, other] = [gradients[i]!.toFloat32(), expected.get(path)!.toFloat32()];
        const size = other.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        const off = own.reduce((worst, value, at) => Math.max(worst, Math.abs(value - other[at]!)), 0);
        expect([path, own.length, off <= toleranceOf(index) * Math.max(1, size)]).toEqual([path, other.length, true]);
        expect(size).toBeGreaterThan(0);
      }
    });
    mx.disposeAll(adapter.arrays);
  });

  test("leaves nothing behind when its model is disposed of, nor when it does not fit", async () => {
    await expectNoLeaksAsync(async () => {
      for (const index of [0, cases.length - 1]) {
        const model = await openDecoder(models[index]!.dir);
        await useAdapter(model, dirOf(index, "theirs"));
        model[Symbol.dispose]();
      }
      const other = await openDecoder(await tinyModel("phi3"));
      await expect(useAdapter(other, dirOf(0, "theirs"))).rejects.toThrow(/do not fit/);
      other[Symbol.dispose]();
    });
  });
});

describe("fusing gives mlx-lm's bits", () => {
  test.each(numbered)("of every weight: %s", async (_, index) => {
    await compareFused(index, `fused-${index}.safetensors`, false);
  });

  test.each(numbered)("of every weight with --dequantize: %s", async (_, index) => {
    await compareFused(index, `plain-${index}.safetensors`, true);
  });
});

describe("a folder", () => {
  test("has sorted settings, indented by four, and no other files than the two", async () => {
    const dir = join(folder, "sorted");
    const arrays = mx.tidy(() => new Map([["x.lora_a", mx.zeros([2, 2])]]));
    await saveAdapter(dir, arrays, { rank: 1, model: "m", lora_parameters: { scale: 2 }, batch_size: 4 });
    mx.disposeAll(arrays);
    const text = readFileSync(join(dir, "adapter_config.json"), "utf8");
    expect(Object.keys(JSON.parse(text))).toEqual(["batch_size", "lora_parameters", "model", "rank"]);
    expect(text).toStartWith('{\n    "batch_size": 4,');
    expect(readdirSync(dir).sort()).toEqual(["adapter_config.json", "adapters.safetensors"]);
  });

  test.each([
    [
      "alpha in place of a scale",
      { num_layers: 1, lora_parameters: { rank: 4, alpha: 8, dropout: 0 } },
      /alpha but no scale/,
    ],
    ["no scale", { num_layers: 1, lora_parameters: { rank: 4 } }, /no scale/],
    ["no parameters", { num_layers: 1 }, /no lora_parameters/],
    ["another method", { fine_tune_type: "prefix", num_layers: 1 }, /fine_tune_type/],
    ["no number of layers", { lora_parameters: { rank: 4, scale: 1 } }, /num_layers/],
  ])("with %s is refused with what is wrong", async (_, config, message) => {
    const dir = mkdtempSync(join(folder, "refused-"));
    writeFileSync(join(dir, "adapter_config.json"), JSON.stringify(config));
    await expect(loadAdapter(dir)).rejects.toThrow(message);
  });

  test("of a run that was killed while it wrote holds nothing of that after the next save", async () => {
    const dir = join(folder, "killed");
    const script = `
      import * as mx from ${JSON.stringify(join(import.meta.dir, "../../../src/mlx/index.ts"))};
      import { saveAdapterWeights } from ${JSON.stringify(join(import.meta.dir, "../../../src/models/adapters/save.ts"))};
      // Its bytes are written, and it has not its name yet.
      const { open } = await import("node:fs/promises");
      const probe = await open("/dev/null");
      Object.getPrototypeOf(probe).sync = () => process.kill(process.pid, "SIGKILL");
      await saveAdapterWeights(${JSON.stringify(dir)}, new Map([["a", mx.zeros([4])]]));
    `;
    const child = Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" });
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    expect(readdirSync(dir)).toEqual([`adapters.safetensors.${child.pid}.partial`]);
    writeFileSync(join(dir, `adapter_config.json.${child.pid}.partial`), "{");
    using array = mx.zeros([4]);
    await saveAdapter(dir, new Map([["a", array]]), {});
    expect(readdirSync(dir).sort()).toEqual(["adapter_config.json", "adapters.safetensors"]);
  });

  test("without its files is refused with the missing name", async () => {
    const dir = join(folder, "empty");
    mkdirSync(dir);
    await expect(loadAdapter(dir)).rejects.toMatchObject({ where: join(dir, "adapter_config.json") });
    writeFileSync(join(dir, "adapter_config.json"), JSON.stringify(adapterSettings(spec())));
    await expect(loadAdapter(dir)).rejects.toMatchObject({ where: join(dir, "adapters.safetensors") });
  });
});

describe("arrays that do not fit", () => {
  const attempt = (change: (arrays: Map<string, mx.MlxArray>) => void, of = 0) =>
    mx.tidy(() => {
      const { params, decoder } = models[of]!;
      using keys = new KeySequence(0);
      const { spec } = cases[of]!;
      const fresh = adapt(params, decoder.shapes(), spec, keys);
      const found = new Map(flattenParams(fresh.params));
      const arrays = new Map(fresh.trainable.map((path) => [path, found.get(path)!]));
      change(arrays);
      applyAdapter(params, decoder.shapes(), { spec, arrays });
      return undefined;
    });

  test("are listed: a wrong shape or type, an extra one, a missing one, all at once", () => {
    const path = "model.layers.1.mlp.up_proj.lora_a";
    expect(() =>
      attempt((arrays) => {
        arrays.set(path, mx.zeros([64, 5]));
        arrays.set("model.layers.2.mlp.up_proj.lora_a", mx.zeros([1]));
        arrays.set("model.layers.1.self_attn.k_proj.lora_b", mx.zeros([4, 32], "int32"));
        arrays.delete("model.layers.0.self_attn.q_proj.lora_b");
      }),
    ).toThrow(
      [
        "4 of the adapter's arrays do not fit the model:",
        "model.layers.0.self_attn.q_proj.lora_b is missing",
        `${path} has the shape [64,5], not [64,4]`,
        "model.layers.1.self_attn.k_proj.lora_b has the type int32",
        "model.layers.2.mlp.up_proj.lora_a is not one of them",
      ].join("\n  "),
    );
  });

  test("of all weights are listed too", () => {
    const full = cases.length - 1;
    expect(() => attempt((arrays) => arrays.delete("model.layers.1.mlp.up_proj.weight"), full)).toThrow(/is missing/);
    expect(() => attempt((arrays) => arrays.set("model.x", mx.zeros([1])), full)).toThrow(/model.x is not one of them/);
    expect(() => attempt(() => {}, full)).not.toThrow();
  });

  test("are cut short after twenty lines", () => {
    expect(() => attempt((arrays) => arrays.clear())).toThrow(/\n {2}and 8 more$/);
  });
});

/** An adapter whose arrays are all far from where they began, written by us. */
async function saveOurs(model: LoadedDecoder, spec: AdapterSpec, dir: string): Promise<void> {
  const arrays = mx.keep(
    mx.tidy(() => {
      using keys = new KeySequence(5);
      const { params, trainable } = adapt(model.params, model.decoder.shapes(), spec, keys);
      const found = new Map(flattenParams(params));
      return new Map(
        trainable.map((path) => {
          const array = found.get(path)!;
          const noise = mx.random.normal(keys.next(), array.shape, { std: 0.03 });
          return [path, mx.add(array, mx.astype(noise, array.dtype))];
        }),
      );
    }),
  );
  await saveAdapter(dir, arrays, adapterSettings(spec));
  mx.disposeAll(arrays);
}

async function logitsWith(index: number, dir: string): Promise<Float32Array> {
  const { params, decoder } = models[index]!;
  const adapter = await loadAdapter(dir);
  try {
    const adapted = applyAdapter(params, decoder.shapes(), adapter, dir);
    return logitsOf(index, adapted);
  } finally {
    mx.disposeAll(adapter.arrays);
  }
}

function logitsOf(index: number, params: Params): Float32Array {
  const { decoder } = models[index]!;
  return mx.tidy(() => decoder.head(params, decoder.forward(params, { ids: mx.array(ids, "int32") })).toFloat32());
}

async function compareFused(index: number, file: string, dequantize: boolean): Promise<void> {
  const { params, decoder } = models[index]!;
  const adapter = await loadAdapter(dirOf(index, "theirs"));
  const fused: Params = applyAdapter(params, decoder.shapes(), adapter);
  mx.tidy(() => {
    const own = new Map(flattenParams(fuseParams(fused, { dequantize })));
    const expected = mx.loadSafetensors(join(folder, file)).tensors;
    expect([...own.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [path, array] of expected) {
      const mine = own.get(path)!;
      expect([path, mine.dtype, ...mine.shape]).toEqual([path, array.dtype, ...array.shape]);
      expect([path, Buffer.compare(new Uint8Array(mine.toBytes()), new Uint8Array(array.toBytes()))]).toEqual([
        path,
        0,
      ]);
    }
  });
  mx.disposeAll(adapter.arrays);
}

/** Sums in bfloat16 have eight bits. */
function toleranceOf(index: number): number {
  return cases[index]!.options?.dtype === "bfloat16" ? 0.02 : 1e-5;
}

function farthest(values: Float32Array, answer: Answer): number {
  const expected = floats(answer);
  expect(values.length).toBe(expected.length);
  return values.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
}

function floats({ logits }: Answer): Float32Array {
  return new Float32Array(Uint8Array.fromBase64(logits).buffer);
}
