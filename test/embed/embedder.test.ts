/** Goal: vectors equal a float64 reference, whatever else is in the batch; work stops when asked; memory stays flat. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MdpError } from "../../src/core/errors.ts";
import type { Embedder } from "../../src/core/ports.ts";
import { openEmbedder } from "../../src/embed/embedder.ts";
import * as mx from "../../src/mlx/index.ts";
import { keptHandles } from "../support/leaks.ts";
import { MODEL_DIR, python } from "../support/peers.ts";

const GOLDEN = join(import.meta.dir, "../../fixtures/golden/all-MiniLM-L6-v2.json");
const settings = { model: MODEL_DIR, batchTokens: 512 };
let handlesBefore: number;
let embedder: Embedder;

beforeAll(async () => {
  handlesBefore = keptHandles();
  embedder = await openEmbedder(settings);
});
afterAll(() => embedder[Symbol.dispose]());

const WORDS = "the café measures 42 flows; naïve models (re)compute attention über long, winding sentences daily".split(
  " ",
);
const textOf = (words: number) => Array.from({ length: words }, (_, i) => WORDS[(i * 7) % WORDS.length]).join(" ");
const TEXTS = [
  ...[
    "",
    " ",
    "a",
    "Hello, world!",
    "[CLS] [MASK]",
    "👩‍👩‍👧‍👦 🇩🇪",
    "中文字符",
    "\0\u200b",
    "x".repeat(300),
    "ย".repeat(50),
  ],
  ...[3, 10, 30, 60, 100, 150, 180, 250, 600, 2_000].map(textOf),
];

async function embed(texts: readonly string[]): Promise<Float32Array[]> {
  const { vectors, dimension } = await embedder.embed(texts, "document");
  return texts.map((_, i) => vectors.slice(i * dimension, (i + 1) * dimension));
}

const furthest = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]) =>
  Math.max(...a.flatMap((row, i) => Array.from(row, (value, k) => Math.abs(value - b[i]![k]!))));

describe("vectors of all-MiniLM-L6-v2", () => {
  test("equal the float64 reference within 1e-5, from no token to 2,000", async () => {
    const input = TEXTS.map((text) => JSON.stringify(text)).join("\n");
    const lines = await python("test/parity/minilm_reference.py", [MODEL_DIR], input);
    const expected = lines.map((line) => JSON.parse(line) as number[]);
    expect(expected.length).toBe(TEXTS.length);
    expect(furthest(await embed(TEXTS), expected)).toBeLessThan(1e-5);
  }, 300_000);

  test("equal those of sentence-transformers within 1e-5", async () => {
    const { rows } = (await Bun.file(GOLDEN).json()) as { rows: { text: string; float32: string }[] };
    const expected = rows.map(({ float32 }) => new Float32Array(Uint8Array.fromBase64(float32).buffer));
    expect(furthest(await embed(rows.map(({ text }) => text)), expected)).toBeLessThan(1e-5);
  });

  test("do not depend on the other texts, nor on order", async () => {
    const together = await embed(TEXTS);
    const reversed = (await embed(TEXTS.toReversed())).reverse();
    const alone: Float32Array[] = [];
    for (const text of TEXTS) alone.push((await embed([text]))[0]!);
    expect(furthest(together, alone)).toBeLessThan(1e-6);
    expect(furthest(together, reversed)).toBeLessThan(1e-6);
  });

  test("have length 1", async () => {
    for (const vector of await embed(TEXTS)) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });
});

describe("what comes with the vectors", () => {
  test("tokens and truncated texts are counted", async () => {
    const result = await embedder.embed(["", "two words", textOf(2_000)], "document");
    expect(result).toMatchObject({ count: 3, dimension: 384, tokens: 2 + 4 + 256 });
    expect([...result.truncated]).toEqual([0, 0, 1]);
  });

  test("no text gives no vector", async () => {
    expect(await embedder.embed([], "query")).toMatchObject({ count: 0, tokens: 0, vectors: { length: 0 } });
  });

  test("progress ends at all texts and tokens", async () => {
    const seen: { texts: number; tokens: number }[] = [];
    const { tokens } = await embedder.embed(TEXTS, "document", { onProgress: (done) => seen.push(done) });
    expect(seen.at(-1)).toEqual({ texts: TEXTS.length, tokens });
    expect(seen.every((done, i) => i === 0 || done.texts > seen[i - 1]!.texts)).toBe(true);
  });

  test("the description names the model and what decides its vectors", () => {
    expect(embedder.description).toMatchObject({
      name: "all-MiniLM-L6-v2",
      modelType: "bert",
      dimension: 384,
      maxTokens: 256,
      pooling: "mean",
      normalize: true,
      dtype: "float32",
      weightsSha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    });
    expect(embedder.description.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a run", () => {
  test("stops at a signal, between batches", async () => {
    const controller = new AbortController();
    const texts = Array.from({ length: 2_000 }, (_, i) => textOf(50 + (i % 50)));
    let done = 0;
    const run = embedder.embed(texts, "document", {
      signal: controller.signal,
      onProgress: ({ texts }) => {
        done = texts;
        controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
    await run.catch(() => {});
    expect(done).toBeLessThan(texts.length / 10);
  });

  test("lets other work of the event loop through", async () => {
    // A batch of each text, so that there are several rounds of batches on any number of cores.
    using narrow = await openEmbedder({ ...settings, batchTokens: 8 });
    let turns = 0;
    const count = () => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await narrow.embed(
      Array.from({ length: 100 }, () => textOf(5)),
      "document",
    );
    clearImmediate(next);
    expect(turns).toBeGreaterThan(2);
  });

  test("20,000 texts leave no memory behind", async () => {
    await embedder.embed(TEXTS, "document");
    const handles = keptHandles();
    let least = mx.activeMemory();
    for (let k = 0; k < 20; k++) {
      await embedder.embed(
        Array.from({ length: 1_000 }, (_, i) => (i % 2 ? "ok" : "")),
        "document",
      );
      expect(keptHandles()).toBe(handles);
      // The collector may free what an earlier test forgot.
      const bytes = mx.activeMemory();
      expect(bytes).toBeLessThanOrEqual(least);
      least = bytes;
    }
  }, 300_000);
});

describe("opening", () => {
  test("a disposed embedder holds no native object", async () => {
    const held = keptHandles();
    const second = await openEmbedder(settings);
    await second.embed(["a"], "query");
    second[Symbol.dispose]();
    expect(keptHandles()).toBe(held);
    expect(held).toBeGreaterThan(handlesBefore);
  });

  test("a model that is not there is an error with the places that were tried", async () => {
    const opened = openEmbedder({ model: "no-such-model", batchTokens: 512 });
    await expect(opened).rejects.toThrow(MdpError);
    await expect(opened).rejects.toThrow(join("models", "no-such-model"));
  });
});

test("weights that are not numbers are said so at the first text, instead of vectors", async () => {
  const dir = mkdtempSync(join(tmpdir(), "mdp-embedder-"));
  try {
    cpSync(join(import.meta.dir, "../../fixtures/models/tiny-bert-embedder"), dir, { recursive: true });
    const path = join(dir, "model.safetensors");
    mx.tidy(() => {
      const tensors = [...mx.loadSafetensors(path).tensors];
      const broken = tensors.map(
        ([name, x]) => [name, name.endsWith("word_embeddings.weight") ? mx.multiply(x, Number.NaN) : x] as const,
      );
      mx.evaluate(...broken.map(([, x]) => x));
      mx.saveSafetensors(`${path}.new.safetensors`, broken);
    });
    cpSync(`${path}.new.safetensors`, path);
    using damaged = await openEmbedder({ model: dir, batchTokens: 512 });
    const embedding = damaged.embed(["the water"], "document");
    await expect(embedding).rejects.toMatchObject({ code: "model-weights", where: dir });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
