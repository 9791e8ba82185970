/** What every architecture of an embedding model keeps to, shown on a tiny checkpoint of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelSettings } from "../../src/embed/config.ts";
import { openEmbedder } from "../../src/embed/embedder.ts";
import * as mx from "../../src/mlx/index.ts";
import { flattenParams, type Params, unflattenParams } from "../../src/mlx/nn/params.ts";
import { readModelFolder } from "../../src/models/folder.ts";
import { loadArchitecture } from "../../src/models/index.ts";
import { loadEncoder, loadParams } from "../../src/models/load.ts";
import { expectNoLeaks, expectNoLeaksAsync } from "../support/leaks.ts";

const TEXTS = [
  "",
  "the water is cold",
  "What would you do if they said no?",
  "the people were there ".repeat(9),
  "one",
];

/** Largest difference between two lists of numbers. */
export function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return worst;
}

/** Vectors of texts, one after another, by a model of its own. */
export async function vectorsOf(
  settings: ModelSettings,
  texts: readonly string[],
  kind: "query" | "document" = "document",
): Promise<Float32Array> {
  using embedder = await openEmbedder(settings);
  return (await embedder.embed(texts, kind)).vectors;
}

/** The smallest cosine between vectors of the same rows. */
function smallestCosine(a: Float32Array, b: Float32Array, width: number): number {
  let smallest = 1;
  for (let row = 0; row < a.length; row += width) {
    let [dot, first, second] = [0, 0, 0];
    for (let i = row; i < row + width; i++) {
      dot += a[i]! * b[i]!;
      first += a[i]! ** 2;
      second += b[i]! ** 2;
    }
    smallest = Math.min(smallest, dot / Math.sqrt(first * second));
  }
  return smallest;
}

/** Runs the rules of encoders over one checkpoint in the form of sentence-transformers. */
export function describeEncoder(modelType: string, model: string): void {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "mdp-encoder-"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  let copies = 0;
  const copy = () => {
    const dir = join(root, `copy${copies++}`);
    cpSync(model, dir, { recursive: true });
    return dir;
  };

  describe(`every encoder: ${modelType}`, () => {
    test("gives a text the same vector alone as beside longer and shorter ones", async () => {
      const together = await vectorsOf({ model, batchTokens: 4096 }, TEXTS);
      const alone: number[] = [];
      for (const text of TEXTS) alone.push(...(await vectorsOf({ model }, [text])));
      expect(furthest(together, alone)).toBeLessThan(2e-6);
    });

    test("does not look at what stands in the padding", async () => {
      using encoder = await loadEncoder(await readModelFolder(model));
      const run = (filler: number) =>
        mx.tidy(() => {
          const ids = mx.array(
            [
              [5, 6, 7, filler, filler, filler, filler, filler],
              [5, 6, 7, 8, 9, 10, 11, 12],
            ],
            "int32",
          );
          const mask = mx.array([[1, 1, 1, 0, 0, 0, 0, 0], new Array(8).fill(1)], "float32");
          return encoder
            .forward({ ids, mask })
            .toFloat32()
            .slice(0, 3 * 32);
        });
      expect(run(9)).toEqual(run(13));
    });

    test.each(["float16", "bfloat16"] as const)(
      "computes in %s with weights of that type, as on a GPU",
      async (dtype) => {
        const { config, configPath, weightFiles } = await readModelFolder(model);
        const encoder = (await loadArchitecture(modelType, configPath))(config, configPath);
        const params = loadParams(encoder, weightFiles);
        const run = (weights: Params) =>
          mx.tidy(() => {
            const ids = mx.array([[5, 6, 7, 9, 9, 9, 9, 9, 9, 9, 9, 9], new Array(12).fill(8)], "int32");
            const mask = mx.array([[1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], new Array(12).fill(1)], "float32");
            const hidden = encoder.forward(weights, { ids, mask });
            return { dtype: hidden.dtype, first: hidden.toFloat32().slice(0, 3 * 32) };
          });
        const narrow = unflattenParams(flattenParams(params).map(([name, x]) => [name, mx.astype(x, dtype)]));
        const [half, exact] = [run(narrow), run(params)];
        mx.disposeAll(narrow);
        mx.disposeAll(params);
        expect(half.dtype).toBe(dtype);
        const scale = Math.max(...exact.first.map(Math.abs));
        expect(furthest(half.first, exact.first) / scale).toBeLessThan(dtype === "float16" ? 0.02 : 0.15);
      },
    );

    test("names the first weight that is missing", async () => {
      const folder = await readModelFolder(model);
      const shapes = (await loadArchitecture(modelType, "config.json"))(folder.config, "config.json").shapes();
      const config = { ...(folder.config as Record<string, unknown>) };
      const dir = copy();
      for (const key of ["num_hidden_layers", "n_layers"]) if (key in config) config[key] = 9;
      delete config.layer_types;
      writeFileSync(join(dir, "config.json"), JSON.stringify(config));
      const missing = loadEncoder(await readModelFolder(dir));
      await expect(missing).rejects.toMatchObject({ code: "model-weights" });
      await expect(missing).rejects.toThrow(/the weights lack \S*layers?\.\d\./);
      expect(Object.values(shapes).every((shape) => shape.every((size) => size > 0))).toBe(true);
    });

    test("refuses a configuration that it cannot compute, and names its file", async () => {
      const dir = copy();
      const path = join(dir, "config.json");
      const config = JSON.parse(readFileSync(path, "utf8"));
      const key = "n_heads" in config ? "n_heads" : "num_attention_heads";
      writeFileSync(path, JSON.stringify({ ...config, [key]: 3 }));
      const failed = readModelFolder(dir).then(loadEncoder);
      await expect(failed).rejects.toMatchObject({ code: "model-unsupported", where: path });
    });

    test.each([
      ["float16", 0.999],
      ["bfloat16", 0.99],
      ["8bit", 0.99],
      ["4bit", 0.8],
    ] as const)("held as %s gives vectors near those of float32", async (dtype, least) => {
      using embedder = await openEmbedder({ model, dtype });
      const { vectors, dimension } = await embedder.embed(TEXTS, "document");
      const exact = await vectorsOf({ model }, TEXTS);
      const cosine = smallestCosine(vectors, exact, dimension);
      expect(cosine).toBeGreaterThan(least);
      // The files of these checkpoints are float16 themselves.
      if (dtype !== "float16") expect(cosine).toBeLessThan(1);
    });

    test("frees what it makes", async () => {
      await expectNoLeaksAsync(async () => {
        await vectorsOf({ model }, TEXTS);
      });
      using encoder = await loadEncoder(await readModelFolder(model));
      expectNoLeaks(() => {
        mx.tidy(() => encoder.forward({ ids: mx.array([[5, 6]], "int32"), mask: undefined })).dispose();
      });
    });
  });
}
