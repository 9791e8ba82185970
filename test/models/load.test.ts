/** Goal: weights and configuration fit each other, or the error names what does not. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../src/mlx/index.ts";
import { readModelFolder } from "../../src/models/folder.ts";
import { loadArchitecture } from "../../src/models/index.ts";
import { loadEncoder } from "../../src/models/load.ts";
import { expectNoLeaks, keptHandles } from "../support/leaks.ts";
import { MODEL_DIR } from "../support/peers.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-load-"));
});
afterAll(() => rmSync(root, { recursive: true }));

const TINY = {
  model_type: "bert",
  vocab_size: 30,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 16,
};

interface TinyOptions {
  config?: Record<string, unknown>;
  rename?: (name: string) => string | undefined;
  dtype?: mx.DType;
  extra?: Record<string, mx.Shape>;
}

let folders = 0;
/** A model of two small layers with fixed weights, in the files of the default model. */
async function tiny({ config = {}, rename = (name) => name, dtype = "float32", extra = {} }: TinyOptions = {}) {
  const dir = join(root, String(folders++));
  cpSync(MODEL_DIR, dir, { recursive: true, filter: (path) => !path.endsWith("model.safetensors") });
  writeFileSync(join(dir, "config.json"), JSON.stringify({ ...TINY, ...config }));
  const bert = (await loadArchitecture("bert", "config.json"))(TINY, "config.json");
  mx.tidy(() => {
    const weights = Object.entries({ ...bert.shapes(), ...extra }).flatMap(([name, shape], n) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const values = new Float32Array(size).map((_, i) => Math.sin(1 + n * 31 + i * 7));
      const renamed = rename(name);
      return renamed ? [[renamed, mx.astype(mx.fromTypedArray(values, shape), dtype)] as const] : [];
    });
    mx.saveSafetensors(join(dir, "model.safetensors"), weights);
  });
  return readModelFolder(dir);
}

async function hidden(options: TinyOptions, ids: number[][], mask?: number[][]): Promise<number[]> {
  using encoder = await loadEncoder(await tiny(options));
  return mx.tidy(() => {
    const input = { ids: mx.array(ids, "int32"), mask: mask && mx.array(mask, "float32") };
    return Array.from(encoder.forward(input).toFloat32());
  });
}

const near = (a: number[], b: number[]) => a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) < 1e-6);

describe("weights", () => {
  test("may carry the bert. prefix, old names of the norms, and heads that are not used", async () => {
    const plain = await hidden({}, [[1, 2, 3]]);
    const old = await hidden(
      {
        rename: (name) =>
          `bert.${name}`.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
        extra: { "pooler.dense.weight": [8, 8], "cls.bias": [30] },
      },
      [[1, 2, 3]],
    );
    expect(old).toEqual(plain);
  });

  test("of half precision are computed in float32", async () => {
    using encoder = await loadEncoder(await tiny({ dtype: "float16" }));
    expect(mx.tidy(() => encoder.forward({ ids: mx.array([[1]], "int32"), mask: undefined }).dtype)).toBe("float32");
  });

  test("that are missing or of another shape are named", async () => {
    const query = "encoder.layer.1.attention.self.query.bias";
    const missing = await tiny({ rename: (name) => (name === query ? undefined : name) });
    await expect(loadEncoder(missing)).rejects.toMatchObject({
      code: "model-weights",
      message: expect.stringContaining(query),
      where: missing.weightFiles[0],
    });
    const other = await tiny({ config: { intermediate_size: 16 } });
    await expect(loadEncoder(other)).rejects.toThrow("encoder.layer.0.intermediate.dense.weight has shape [12,8]");
  });

  test("are all freed, also when loading fails", async () => {
    const before = keptHandles();
    await hidden({}, [[1]]);
    const folder = await tiny({ config: { intermediate_size: 16 } });
    await loadEncoder(folder).catch(() => {});
    expect(keptHandles()).toBe(before);
  });
});

describe("a configuration", () => {
  test.each([
    ["another model type", { model_type: "gpt2" }, "bert"],
    ["an unknown activation", { hidden_act: "swishy" }, "hidden_act"],
    ["relative positions", { position_embedding_type: "relative_key" }, "position_embedding_type"],
    ["heads that do not divide the width", { num_attention_heads: 3 }, "num_attention_heads"],
  ])("with %s is an error that names it", async (_, config, part) => {
    const error = await tiny({ config })
      .then(loadEncoder)
      .then(
        () => undefined,
        (error) => error,
      );
    expect(error).toMatchObject({ code: "model-unsupported", where: expect.stringContaining("config.json") });
    expect(`${error.message} ${error.hint}`).toContain(part);
  });
});

describe("BERT's forward pass", () => {
  test("padding changes nothing, whatever the padding's ids", async () => {
    const alone = await hidden({}, [[1, 2, 3]]);
    const padded = await hidden(
      {},
      [
        [1, 2, 3, 9, 9],
        [4, 5, 6, 7, 8],
      ],
      [
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1],
      ],
    );
    expect(near(padded.slice(0, alone.length), alone)).toBe(true);
  });

  test("ReLU models run", async () => {
    expect((await hidden({ config: { hidden_act: "relu" } }, [[1, 2]])).every(Number.isFinite)).toBe(true);
  });

  test("frees what it makes", async () => {
    using encoder = await loadEncoder(await tiny());
    expectNoLeaks(() => {
      mx.tidy(() => encoder.forward({ ids: mx.array([[1, 2]], "int32"), mask: undefined })).dispose();
    });
  });
});
