/** Caches in a file, as mlx-lm writes and reads them: a safetensors file whose metadata names the kinds of caches. */
import { basename, dirname } from "node:path";
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { writeArrays } from "../adapters/save.ts";
import type { LayerCache } from "./cache.ts";
import { KVCache } from "./kv-cache.ts";
import { type QuantizedBuffer, QuantizedKVCache } from "./quantized-kv-cache.ts";
import { RotatingKVCache } from "./rotating-kv-cache.ts";

type Entry = [name: string, value: mx.MlxArray | number];

/**
 * Writes caches of one text under a name that ends in `.safetensors`.
 * @param metadata texts of the writer, such as `model`
 * @throws MdpError for a kind of cache that has no place in the format
 */
export async function savePromptCache(
  path: string,
  caches: readonly LayerCache[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const texts = new Map(Object.entries(metadata).map(([key, value]) => [`0.${key}`, value]));
  texts.set("2.0", "");
  const arrays = new Map<string, mx.MlxArray>();
  using numbers = new DisposableStack();
  let scalars = 0;
  for (const [layer, cache] of caches.entries()) {
    const [kind, entries] = entriesOf(cache);
    texts.set(`1.${layer}`, kind);
    for (const [name, value] of entries) {
      const key = `${layer}.${name}`;
      if (typeof value === "number") {
        scalars++;
        texts.set(`2.${scalars}.0`, key).set(`2.${scalars}.1`, "scalar");
      }
      arrays.set(key, typeof value === "number" ? numbers.use(mx.array(value, "int32")) : value);
    }
  }
  await writeArrays(dirname(path), basename(path), arrays, texts);
}

function entriesOf(cache: LayerCache): [kind: string, entries: Entry[]] {
  const arrays = cache.arrays();
  const pair = arrays.map((array, i): Entry => [String(i), array]);
  if (arrays.length > 0 && cache instanceof KVCache) return ["KVCache", [...pair, ["2", cache.offset]]];
  if (arrays.length > 0 && cache instanceof RotatingKVCache) {
    const { offset, keep, maxSize, index } = cache.state;
    const rest = [offset, keep, maxSize, index].map((value, i): Entry => [String(i + 2), value]);
    return ["RotatingKVCache", [...pair, ...rest]];
  }
  if (arrays.length > 0 && cache instanceof QuantizedKVCache) {
    const parts = arrays.map((array, i): Entry => [`${Math.floor(i / 3)}.${i % 3}`, array]);
    const rest = [cache.offset, cache.groupSize, cache.bits].map((value, i): Entry => [String(i + 2), value]);
    return ["QuantizedKVCache", [...parts, ...rest]];
  }
  throw new MdpError({
    code: "cache-unsupported",
    message: arrays.length === 0 ? "an empty cache cannot be saved" : "this kind of cache cannot be saved",
    hint: "save the cache of one prompt, after it was processed",
  });
}

export interface PromptCache {
  /** One per layer; the caller frees them. */
  caches: LayerCache[];
  metadata: Record<string, string>;
}

/** @throws MdpError when the file holds no caches, or caches of a kind that is not known */
export function loadPromptCache(path: string): PromptCache {
  return mx.keep(
    mx.tidy(() => {
      const { tensors, metadata } = mx.loadSafetensors(path);
      const texts = [...metadata];
      const own = texts.filter(([key]) => key.startsWith("0.")).map(([key, value]) => [key.slice(2), value]);
      const kinds = texts.filter(([key]) => /^1\.\d+$/.test(key)).length;
      if (kinds === 0) throw broken(path, "it names no caches");
      const caches: LayerCache[] = [];
      try {
        for (let layer = 0; layer < kinds; layer++) {
          caches.push(restored(metadata.get(`1.${layer}`), new Entries(tensors, layer, path), path));
        }
        // Read now: the file may be written again.
        mx.evaluate(...caches.flatMap((cache) => cache.arrays()));
      } catch (error) {
        for (const cache of caches) cache[Symbol.dispose]();
        throw error;
      }
      return { caches, metadata: Object.fromEntries(own) };
    }),
  );
}

/** The model that a file's caches were made with; undefined when it names none. */
export function promptCacheModel(path: string): string | undefined {
  return mx.tidy(() => mx.loadSafetensors(path).metadata.get("0.model"));
}

/** The arrays and numbers of one layer. */
class Entries {
  readonly #tensors: ReadonlyMap<string, mx.MlxArray>;
  readonly #layer: number;
  readonly #path: string;

  constructor(tensors: ReadonlyMap<string, mx.MlxArray>, layer: number, path: string) {
    this.#tensors = tensors;
    this.#layer = layer;
    this.#path = path;
  }

  array(name: string): mx.MlxArray {
    const found = this.#tensors.get(`${this.#layer}.${name}`);
    if (found?.ndim === 4 && found.shape[0] === 1) return found;
    throw broken(this.#path, `${this.#layer}.${name} is ${found ? `of the shape [${found.shape}]` : "missing"}`);
  }

  number(name: string, least: number, most: number): number {
    const found = this.#tensors.get(`${this.#layer}.${name}`);
    const value = found?.size === 1 ? Number(found.item()) : Number.NaN;
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw broken(this.#path, `${this.#layer}.${name} is not a number from ${least} to ${most}`);
  }

  quantized(name: string): QuantizedBuffer {
    const [weight, scales, biases] = [0, 1, 2].map((i) => this.array(`${name}.${i}`));
    return { weight: weight!, scales: scales!, biases: biases! };
  }
}

function restored(kind: string | undefined, entries: Entries, path: string): LayerCache {
  const most = Number.MAX_SAFE_INTEGER;
  if (kind === "QuantizedKVCache") {
    const [keys, values] = [entries.quantized("0"), entries.quantized("1")];
    const cache = new QuantizedKVCache(entries.number("3", 32, 128), entries.number("4", 2, 8));
    cache.restore(keys, values, entries.number("2", 0, keys.weight.shape[2]!));
    return cache;
  }
  if (kind !== "KVCache" && kind !== "RotatingKVCache") {
    throw broken(path, `it holds a cache of the kind ${kind}, which is not known`);
  }
  const [keys, values] = [entries.array("0"), entries.array("1")];
  const room = keys.shape[2]!;
  if (values.shape[2] !== room) throw broken(path, "its keys and values are of unequal length");
  if (kind === "KVCache") {
    const cache = new KVCache();
    cache.restore(keys, values, entries.number("2", 0, room));
    return cache;
  }
  const keep = entries.number("3", 0, most);
  const cache = new RotatingKVCache(entries.number("4", keep + 1, most), keep);
  const index = entries.number("5", 0, room);
  cache.restore(keys, values, { offset: entries.number("2", index, most), index });
  return cache;
}

function broken(where: string, why: string): MdpError {
  return new MdpError({
    code: "prompt-cache-invalid",
    message: `the prompt cache cannot be used: ${why}`,
    where,
    hint: "make it again with --save-prompt-cache",
  });
}
