/** Goal: embedding models of every architecture give the vectors of sentence-transformers, and keep the encoders' rules. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelSettings } from "../../src/embed/config.ts";
import { openEmbedder } from "../../src/embed/embedder.ts";
import * as mx from "../../src/mlx/index.ts";
import { encoders } from "../../src/models/index.ts";
import { describeEncoder, furthest, vectorsOf } from "../contracts/encoder.ts";
import { MODEL_DIR } from "../support/peers.ts";

interface Rows {
  documents: number[][];
  queries: number[][];
}
interface Golden {
  texts: string[];
  models: Record<string, Rows> & {
    bert: Rows & { poolings: Record<string, number[][]> };
    new: Rows & { stretched: { factor: number; documents: number[][] } };
  };
}

const FIXTURES = join(import.meta.dir, "../../fixtures");
const golden = JSON.parse(readFileSync(join(FIXTURES, "golden/encoders.json"), "utf8")) as Golden;
const folderOf = (kind: string) => join(FIXTURES, "models", `tiny-${kind}-embedder`);

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-encoders-"));
});
afterAll(() => rmSync(root, { recursive: true }));

let copies = 0;
/** A copy of a tiny model with the keys of one of its files changed. */
function changed(kind: string, file: string, change: (content: Record<string, unknown>) => object): string {
  const dir = join(root, String(copies++));
  cpSync(folderOf(kind), dir, { recursive: true });
  const path = join(dir, file);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
  return dir;
}

test("every architecture has a checkpoint here", () => {
  // The type that transformers gives to the same model.
  expect([...Object.keys(golden.models), "gte"].sort()).toEqual([...encoders.names].sort());
});

describe.each(Object.keys(golden.models))("%s", (kind) => {
  const { documents, queries } = golden.models[kind]!;
  const model = folderOf(kind);

  test("gives the vectors of sentence-transformers within 1e-5", async () => {
    expect(furthest(await vectorsOf({ model }, golden.texts), documents.flat())).toBeLessThan(1e-5);
    const asked = await vectorsOf({ model }, golden.texts.slice(0, queries.length), "query");
    expect(furthest(asked, queries.flat())).toBeLessThan(1e-5);
  });

  describeEncoder(kind, model);
});

describe("pooling", () => {
  test.each(Object.keys(golden.models.bert.poolings))("by %s is that of sentence-transformers", async (name) => {
    const [mode, without] = name.split(" ");
    const model = changed("bert", "1_Pooling/config.json", (config) => ({
      ...config,
      pooling_mode: mode,
      include_prompt: without === undefined,
    }));
    const modules = JSON.parse(readFileSync(join(model, "modules.json"), "utf8")).slice(0, 2);
    writeFileSync(join(model, "modules.json"), JSON.stringify(modules));
    const vectors = await vectorsOf({ model }, golden.texts, "query");
    const expected = golden.models.bert.poolings[name]!.flat();
    // Sums divided by the root of their number are several times as large.
    const scale = Math.max(1, ...expected.map(Math.abs));
    expect(furthest(vectors, expected)).toBeLessThan(1e-5 * scale);
  });
});

describe("other forms of the same model:", () => {
  const same = async (model: string, kind: string) =>
    expect(furthest(await vectorsOf({ model }, golden.texts), golden.models[kind]!.documents.flat())).toBeLessThan(
      1e-5,
    );

  test("Nomic's own configuration", async () => {
    const model = changed("nomic_bert", "config.json", (config) => ({
      model_type: "nomic_bert",
      vocab_size: config.vocab_size,
      type_vocab_size: config.type_vocab_size,
      n_embd: 32,
      n_layer: 2,
      n_head: 4,
      n_inner: 64,
      n_positions: 64,
      layer_norm_epsilon: 1e-12,
      activation_function: "swiglu",
      rotary_emb_base: 1000,
      rotary_emb_fraction: 1,
      rotary_scaling_factor: null,
      prenorm: false,
      use_rms_norm: false,
    }));
    await same(model, "nomic_bert");
  });

  test("the configuration that transformers writes for GTE", async () => {
    const model = changed("new", "config.json", ({ rope_theta, ...config }) => ({
      ...config,
      model_type: "gte",
      rope_parameters: { rope_type: "default", rope_theta },
    }));
    await same(model, "new");
  });

  test("the older keys of ModernBERT's and Gemma's configurations", async () => {
    const modern = changed("modernbert", "config.json", ({ layer_types: _, rope_parameters: __, ...config }) => ({
      ...config,
      global_attn_every_n_layers: 3,
      global_rope_theta: 160_000,
      local_rope_theta: 10_000,
    }));
    await same(modern, "modernbert");
    const gemma = changed("gemma3_text", "config.json", ({ layer_types: _, rope_parameters: __, ...config }) => ({
      ...config,
      rope_theta: 1_000_000,
      rope_local_base_freq: 10_000,
    }));
    await same(gemma, "gemma3_text");
  });

  test("the transformer in a folder of its own, as older models have it", async () => {
    const model = changed("mpnet", "modules.json", (modules) => {
      const list = modules as unknown as { path: string }[];
      return [{ ...list[0], path: "0_Transformer" }, ...list.slice(1)];
    });
    mkdirSync(join(model, "0_Transformer"));
    for (const name of readdirSync(model)) {
      if (/^(config|tokenizer|model|sentence_bert)/.test(name) && name !== "config_sentence_transformers.json") {
        renameSync(join(model, name), join(model, "0_Transformer", name));
      }
    }
    await same(join(model), "mpnet");
  });

  test("GTE stretched by NTK scaling", async () => {
    const { factor, documents } = golden.models.new.stretched;
    const model = changed("new", "config.json", (config) => ({ ...config, rope_scaling: { type: "ntk", factor } }));
    const vectors = await vectorsOf({ model }, golden.texts);
    expect(furthest(vectors, documents.flat())).toBeLessThan(1e-5);
  });
});

describe("vectors cut to their first numbers", () => {
  test("have length 1 again, where the model's have it, and the same direction", async () => {
    const short = await vectorsOf({ model: folderOf("bert"), dim: 8 }, golden.texts);
    const expected = golden.models.bert.documents.flatMap((row) => {
      const length = Math.hypot(...row.slice(0, 8));
      return row.slice(0, 8).map((value) => value / length);
    });
    expect(furthest(short, expected)).toBeLessThan(1e-5);
  });

  test("stay as they are where the model does not normalise", async () => {
    const short = await vectorsOf({ model: folderOf("roberta"), dim: 8 }, golden.texts);
    expect(
      furthest(
        short,
        golden.models.roberta!.documents.flatMap((row) => row.slice(0, 8)),
      ),
    ).toBeLessThan(1e-5);
  });
});

describe("a folder that mlx has quantized", () => {
  /** Every matrix packed, tables of positions too, and the rest in bfloat16, as mlx-embeddings writes it. */
  function quantized(kind: string): string {
    const dir = changed(kind, "config.json", (config) => ({ ...config, quantization: { group_size: 32, bits: 8 } }));
    const path = join(dir, "model.safetensors");
    mx.tidy(() => {
      const tensors = [...mx.loadSafetensors(path).tensors].flatMap(([name, tensor]): [string, mx.MlxArray][] => {
        const float = mx.astype(tensor, "bfloat16");
        if (tensor.ndim !== 2 || tensor.shape[1]! % 32 !== 0) return [[name, float]];
        const packed = mx.quantize(float, { bits: 8, groupSize: 32 });
        const base = name.slice(0, -"weight".length);
        return [
          [name, packed.weight],
          [`${base}scales`, packed.scales],
          [`${base}biases`, packed.biases!],
        ];
      });
      mx.evaluate(...tensors.map(([, tensor]) => tensor));
      mx.saveSafetensors(`${path}.new.safetensors`, tensors);
    });
    renameSync(`${path}.new.safetensors`, path);
    return dir;
  }

  test.each(["bert", "modernbert", "nomic_bert", "qwen3"])("is read as it is: %s", async (kind) => {
    const model = quantized(kind);
    const exact = golden.models[kind]!.documents.flat();
    const vectors = await vectorsOf({ model }, golden.texts);
    const difference = furthest(vectors, exact) / Math.max(...exact.map(Math.abs));
    expect(difference).toBeGreaterThan(1e-4);
    expect(difference).toBeLessThan(0.1);
  });

  test("cannot be packed again, and the error says what to do", async () => {
    const opened = vectorsOf({ model: quantized("bert"), dtype: "4bit" }, ["a"]);
    await expect(opened).rejects.toMatchObject({
      code: "model-packed",
      hint: expect.stringContaining("leave the type out"),
    });
  });
});

describe("the memory of weights", () => {
  test.each([
    ["float16", 0.5],
    ["bfloat16", 0.5],
    ["8bit", 0.29],
    ["4bit", 0.16],
  ] as const)("held as %s is at most %f of that of float32", async (dtype, share) => {
    const bytesOf = async (settings: ModelSettings) => {
      const before = mx.activeMemory();
      using _ = await openEmbedder(settings);
      return mx.activeMemory() - before;
    };
    const [narrow, whole] = [await bytesOf({ model: MODEL_DIR, dtype }), await bytesOf({ model: MODEL_DIR })];
    expect(whole).toBeGreaterThan(80e6);
    expect(narrow / whole).toBeLessThan(share + 0.01);
  });
});
