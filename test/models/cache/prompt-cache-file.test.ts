/** Goal: a saved cache goes on as if it had never left memory, here and in mlx-lm, and a bad file is refused. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import type { LayerCache } from "../../../src/models/cache/cache.ts";
import { loadPromptCache, savePromptCache } from "../../../src/models/cache/prompt-cache-file.ts";
import { type TokenOptions, tokenDefaults } from "../../../src/models/generate/options.ts";
import { prefill } from "../../../src/models/generate/prefill.ts";
import { generateTokens } from "../../../src/models/generate/tokens.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaks, expectNoLeaksAsync } from "../../support/leaks.ts";
import { sameLibrary } from "../../support/mlx-lm-adapters.ts";
import { tinyModel } from "../../support/tiny-models.ts";

const FIRST = Array.from({ length: 30 }, (_, i) => (i === 0 ? 1 : 5 + ((i * 31) % 300)));
const SECOND = [44, 210, 9, 13];
const COUNT = 24;

const kinds: [kind: string, options: Partial<TokenOptions>, theirs: Record<string, number>][] = [
  ["KVCache", {}, {}],
  ["RotatingKVCache", { maxKvSize: 16 }, { rotating: 16 }],
  ["QuantizedKVCache", { kvBits: 4, kvGroupSize: 32, quantizedKvStart: 0 }, { kv_bits: 4 }],
];

interface Loaded {
  tokens: number[];
  model: string;
  kind: string;
}

const folder = mkdtempSync(join(tmpdir(), "mdp-prompt-cache-"));
const own = (kind: string) => join(folder, `own-${kind}.safetensors`);
const foreign = (kind: string) => join(folder, `foreign-${kind}.safetensors`);
let model: LoadedDecoder;
let answers: Loaded[];

async function filled(options: Partial<TokenOptions>): Promise<LayerCache[]> {
  const caches = model.makeCaches({ maxSize: options.maxKvSize });
  await prefill(model, caches, Int32Array.from([...FIRST, 0]), { ...tokenDefaults, ...options });
  return caches;
}

async function goOn(caches: LayerCache[]): Promise<number[]> {
  const found = await Array.fromAsync(generateTokens(model, SECOND, { ...tokenDefaults, maxTokens: COUNT, caches }));
  for (const cache of caches) cache[Symbol.dispose]();
  return found.map(({ token }) => token);
}

beforeAll(async () => {
  model = await openDecoder(await tinyModel("llama", { config: { head_dim: 32 } }));
  for (const [kind, options] of kinds) {
    const caches = await filled(options);
    await savePromptCache(own(kind), caches, { model: model.dir, tokenizer_config: "{}" });
    for (const cache of caches) cache[Symbol.dispose]();
  }
  answers = await sameLibrary<Loaded>("test/parity/cache_reference.py", [
    ...kinds.map(([kind]) => ({ model: model.dir, file: own(kind), prompt: SECOND, max_tokens: COUNT })),
    ...kinds.flatMap(([kind, , theirs]) => [
      { model: model.dir, file: foreign(kind), save: FIRST, ...theirs },
      { model: model.dir, file: foreign(kind), prompt: SECOND, max_tokens: COUNT },
    ]),
  ]);
}, 300_000);

afterAll(() => {
  model[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(kinds.map(([kind, options], i) => ({ kind, options, i })))("a $kind", ({ kind, options, i }) => {
  test("from a file goes on as the one in memory", async () => {
    await expectNoLeaksAsync(async () => {
      const wanted = await goOn(await filled(options));
      const { caches, metadata } = loadPromptCache(own(kind));
      expect(metadata).toEqual({ model: model.dir, tokenizer_config: "{}" });
      expect(await goOn(caches)).toEqual(wanted);
    });
  });

  test("is gone on with by mlx-lm, which takes the same tokens", async () => {
    const { tokens, ...rest } = answers[i]!;
    expect(rest).toEqual({ model: model.dir, kind });
    expect(await goOn(loadPromptCache(own(kind)).caches)).toEqual(tokens);
  });

  test("of mlx-lm goes on with its tokens", async () => {
    const { tokens } = answers[kinds.length + 2 * i + 1]!;
    expect(await goOn(loadPromptCache(foreign(kind)).caches)).toEqual(tokens);
  });
});

describe("refused are", () => {
  const write = (
    name: string,
    metadata: Record<string, string>,
    change: (arrays: Map<string, mx.MlxArray>) => void,
  ) => {
    const path = join(folder, `${name}.safetensors`);
    mx.tidy(() => {
      const arrays = new Map(["0.0", "0.1"].map((key) => [key, mx.zeros([1, 2, 8, 32])]));
      arrays.set("0.2", mx.array(5, "int32"));
      change(arrays);
      mx.saveSafetensors(path, arrays, Object.entries({ "1.0": "KVCache", "2.0": "", ...metadata }));
    });
    return path;
  };
  test.each<[string, Record<string, string>, (arrays: Map<string, mx.MlxArray>) => void, RegExp]>([
    ["a kind that is not known", { "1.0": "MambaCache" }, () => {}, /kind MambaCache/],
    ["a missing array", {}, (arrays) => arrays.delete("0.1"), /0\.1 is missing/],
    ["an array of another shape", {}, (arrays) => arrays.set("0.0", mx.zeros([4])), /0\.0 is of the shape \[4\]/],
    ["keys and values of unequal length", {}, (a) => a.set("0.1", mx.zeros([1, 2, 9, 32])), /unequal length/],
    ["more tokens than there is room for", {}, (a) => a.set("0.2", mx.array(9, "int32")), /0\.2 .* 0 to 8/],
    ["a ring that begins outside", { "1.0": "RotatingKVCache" }, (a) => ring(a, [20, 4, 8, 30]), /0\.5 .* 0 to 8/],
    ["a ring smaller than what it keeps", { "1.0": "RotatingKVCache" }, (a) => ring(a, [5, 9, 8, 5]), /0\.4/],
  ])("%s", (name, metadata, change, message) => {
    const path = write(name, metadata, change);
    expectNoLeaks(() => expect(() => loadPromptCache(path)).toThrow(message));
  });

  test("a file of other arrays", () => {
    const path = join(folder, "other.safetensors");
    mx.tidy(() => mx.saveSafetensors(path, [["weight", mx.zeros([2])]]));
    expect(() => loadPromptCache(path)).toThrow(/names no caches/);
  });

  test("an empty cache, to be saved", async () => {
    await expect(savePromptCache(join(folder, "x.safetensors"), model.makeCaches(), {})).rejects.toThrow(/empty cache/);
  });
});

function ring(arrays: Map<string, mx.MlxArray>, numbers: readonly number[]): void {
  for (const [i, value] of numbers.entries()) arrays.set(`0.${i + 2}`, mx.array(value, "int32"));
}
