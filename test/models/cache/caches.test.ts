/** Goal: what a cache has forgotten leaves no trace, and what it keeps is what attention may look at. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { BatchKVCache } from "../../../src/models/cache/batch-kv-cache.ts";
import type { LayerCache } from "../../../src/models/cache/cache.ts";
import { KVCache } from "../../../src/models/cache/kv-cache.ts";
import { makeCaches, quantizeCaches } from "../../../src/models/cache/make-caches.ts";
import { QuantizedKVCache } from "../../../src/models/cache/quantized-kv-cache.ts";
import { RotatingKVCache } from "../../../src/models/cache/rotating-kv-cache.ts";
import { type LoadedDecoder, openDecoder } from "../../../src/models/load-decoder.ts";
import { expectNoLeaks } from "../../support/leaks.ts";
import { tinyModel } from "../../support/tiny-models.ts";

const TEXT = Array.from({ length: 40 }, (_, i) => 5 + ((i * 37) % 300));
let model: LoadedDecoder;
beforeAll(async () => {
  model = await openDecoder(await tinyModel("llama", { config: { head_dim: 32 } }));
}, 300_000);
afterAll(() => model[Symbol.dispose]());

/** Logits of the last token. */
function feed(caches: readonly LayerCache[], ids: readonly number[]): Float32Array {
  return mx.tidy(() => {
    const all = model.logits({ ids: mx.array([[...ids]], "int32"), caches });
    const length = ids.length;
    return mx.slice(all, [null, [length - 1, length]]).toFloat32();
  });
}

const kinds: [string, () => LayerCache][] = [
  ["KVCache", () => new KVCache()],
  ["RotatingKVCache", () => new RotatingKVCache(64, 4)],
  ["QuantizedKVCache", () => new QuantizedKVCache(32, 8)],
  ["BatchKVCache", () => new BatchKVCache([0])],
];

describe.each(kinds)("%s", (_, make) => {
  const two = () => [make(), make()];

  test("after forgetting goes on as if the tokens had never been", () => {
    expectNoLeaks(() => {
      const [plain, taken] = [two(), two()];
      feed(plain, TEXT.slice(0, 20));
      feed(taken, TEXT.slice(0, 20));
      feed(taken, [7, 8, 9]);
      feed(taken, [10]);
      expect(taken.map((cache) => cache.trim(4))).toEqual([4, 4]);
      for (const piece of [TEXT.slice(20, 21), TEXT.slice(21, 30)]) {
        expect(feed(taken, piece)).toEqual(feed(plain, piece));
      }
      for (const cache of [...plain, ...taken]) cache[Symbol.dispose]();
    });
  });

  test("forgets no more than it has, and is empty once it was let go of", () => {
    const caches = two();
    feed(caches, TEXT.slice(0, 5));
    expect(caches[0]!.trim(100)).toBe(5);
    for (const cache of caches) cache[Symbol.dispose]();
    expect(caches.flatMap((cache) => cache.arrays())).toEqual([]);
  });
});

describe("RotatingKVCache", () => {
  test("keeps the first tokens and the last, in the room that it has", () => {
    expectNoLeaks(() => {
      const cache = new RotatingKVCache(8, 2);
      const column = (n: number) => mx.full([1, 1, 1, 1], n);
      for (let i = 0; i < 8; i++) mx.tidy(() => void cache.update(column(i), column(i)));
      const held = () => Array.from(cache.arrays()[0]!.toFloat32()).sort((a, b) => a - b);
      expect(held()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(cache.trimmable).toBe(false);
      expect(cache.trim(3)).toBe(0);
      for (let i = 8; i < 11; i++) mx.tidy(() => void cache.update(column(i), column(i)));
      expect(held()).toEqual([0, 1, 5, 6, 7, 8, 9, 10]);
      mx.tidy(() => {
        const three = mx.array([[[[11], [12], [13]]]], "float32");
        const seen = cache.update(three, three) as { keys: mx.MlxArray };
        expect(seen.keys.toFloat32()).toEqual(Float32Array.of(0, 1, 6, 7, 8, 9, 10, 11, 12, 13));
      });
      expect(cache.offset).toBe(14);
      cache[Symbol.dispose]();
    });
  });

  test("narrows one query's view of the ring to a window", () => {
    const cache = new RotatingKVCache(6, 0);
    const column = (n: number) => mx.full([1, 1, 1, 1], n);
    for (let i = 0; i < 8; i++) mx.tidy(() => void cache.update(column(i), column(i)));
    // Of the ring 6 7 2 3 4 5, where 8 will take the place of 2, a window of 3 sees 6, 7 and 8.
    mx.tidy(() => {
      const seen = cache.mask(1, 3);
      expect(seen instanceof mx.MlxArray && seen.tolist()).toEqual([true, true, true, false, false, false]);
    });
    expect(cache.mask(1)).toBeUndefined();
    cache[Symbol.dispose]();
  });
});

describe("caches for a model", () => {
  const names = (caches: readonly LayerCache[]) => caches.map((cache) => cache.constructor.name);
  const sizes = (caches: readonly LayerCache[]) =>
    caches.map((cache) => (cache instanceof RotatingKVCache ? [cache.maxSize, cache.keep] : undefined));

  test("keep what each layer can see, and no more than was asked for", () => {
    const windows = [undefined, 16];
    expect(sizes(makeCaches(windows))).toEqual([undefined, [16, 0]]);
    expect(sizes(makeCaches(windows, { maxSize: 100 }))).toEqual([
      [100, 4],
      [16, 0],
    ]);
    expect(sizes(makeCaches(windows, { maxSize: 10 }))).toEqual([
      [10, 4],
      [10, 4],
    ]);
    expect(names(makeCaches(windows, { trimmable: true }))).toEqual(["KVCache", "KVCache"]);
  });

  test("are quantized once they are long enough", () => {
    expectNoLeaks(() => {
      const caches = model.makeCaches();
      const options = { kvBits: 8, kvGroupSize: 32, quantizedKvStart: 10 };
      feed(caches, TEXT.slice(0, 9));
      quantizeCaches(caches, options);
      expect(names(caches)).toEqual(["KVCache", "KVCache"]);
      feed(caches, TEXT.slice(9, 10));
      quantizeCaches(caches, { ...options, kvBits: undefined });
      expect(names(caches)).toEqual(["KVCache", "KVCache"]);
      quantizeCaches(caches, options);
      expect(names(caches)).toEqual(["QuantizedKVCache", "QuantizedKVCache"]);
      expect(caches.map(({ offset }) => offset)).toEqual([10, 10]);
      for (const cache of caches) cache[Symbol.dispose]();
    });
  });
});
