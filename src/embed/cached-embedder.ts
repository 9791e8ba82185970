/**
 * An embedder that makes no vector twice, for as long as the cache keeps it.
 *
 * The texts that share a batch change the last bits of a vector (at most 1.2e-7 of a number on a CPU), since sums are
 * then taken in another order. So the same inputs give the same bits with the same cache, an empty or a switched-off
 * one; with another cache they give vectors that are equal up to that rounding, and everything else the same.
 */
import { sha256 } from "../core/hash.ts";
import type { Embedder, Embeddings, EmbedOptions } from "../core/ports.ts";
import { type EmbedSettings, isAddress } from "./config.ts";
import { openEmbedder, openLazily } from "./embedder.ts";
import { VectorCache, vectorCacheDir, vectorKey } from "./vector-cache.ts";

/**
 * The model that the settings name, over the user's vector cache. Its weights are loaded with the first text that the
 * cache does not have.
 */
export async function openCachedEmbedder(settings: EmbedSettings): Promise<Embedder> {
  const remote = isAddress(settings.model);
  const { embedder, config } = remote
    ? { embedder: await openEmbedder(settings), config: null }
    : await openLazily(settings);
  if (settings.vectorCacheBytes === 0) return embedder;
  // A configuration like BERT's is in no fingerprint, yet the same weights give other vectors with other heads.
  const maker = sha256(JSON.stringify([embedder.description.fingerprint, config]));
  return new CachedEmbedder(embedder, maker, new VectorCache(vectorCacheDir(), settings.vectorCacheBytes));
}

/** Documents' vectors come from the cache where it has them; queries are seldom asked twice and go to the model. */
export class CachedEmbedder implements Embedder {
  readonly #inner: Embedder;
  readonly #maker: string;
  readonly #cache: VectorCache;

  /**
   * Takes over the embedder and the cache, which are disposed with it.
   * @param maker names everything that changes a vector
   */
  constructor(inner: Embedder, maker: string, cache: VectorCache) {
    this.#inner = inner;
    this.#maker = maker;
    this.#cache = cache;
  }

  get description() {
    return this.#inner.description;
  }

  get tokens() {
    return this.#inner.tokens;
  }

  get notes(): readonly string[] {
    return [...(this.#inner.notes ?? []), ...this.#cache.warnings];
  }

  async embed(texts: readonly string[], kind: "query" | "document", options: EmbedOptions = {}): Promise<Embeddings> {
    if (kind === "query" || texts.length === 0) return this.#inner.embed(texts, kind, options);
    const { dimension } = this.description;
    const keys = texts.map((text) => vectorKey(this.#maker, text));
    const found = this.#cache.find(keys, dimension);
    const missing = [...texts.keys()].filter((i) => found[i] === undefined);
    if (missing.length === texts.length) {
      const all = await this.#inner.embed(texts, kind, options);
      this.#keep(keys, missing, all);
      return { ...all, cached: new Uint8Array(texts.length) };
    }
    const hits = texts.length - missing.length;
    const made = await this.#make(texts, missing, hits, options);
    this.#keep(keys, missing, made);
    const result: Embeddings = {
      vectors: new Float32Array(texts.length * dimension),
      count: texts.length,
      dimension,
      tokens: made.tokens,
      truncated: new Uint8Array(texts.length),
      cached: new Uint8Array(texts.length).fill(1),
    };
    for (const [i, hit] of found.entries()) {
      if (!hit) continue;
      result.vectors.set(hit.vector, i * dimension);
      result.truncated[i] = Number(hit.truncated);
    }
    for (const [row, i] of missing.entries()) {
      result.vectors.set(made.vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
      result.truncated[i] = made.truncated[row]!;
      result.cached![i] = 0;
    }
    if (!made.refused) return result;
    return { ...result, refused: new Map([...made.refused].map(([row, why]) => [missing[row]!, why])) };
  }

  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
    this.#inner[Symbol.dispose]();
  }

  /** The vectors that the cache lacks; where it lacks none, the model stays as it is. */
  async #make(
    texts: readonly string[],
    missing: readonly number[],
    hits: number,
    options: EmbedOptions,
  ): Promise<Embeddings> {
    options.onProgress?.({ texts: hits, tokens: 0 });
    const { dimension } = this.description;
    if (missing.length === 0) {
      return { vectors: new Float32Array(0), count: 0, dimension, tokens: 0, truncated: new Uint8Array(0) };
    }
    return this.#inner.embed(
      missing.map((i) => texts[i]!),
      "document",
      { ...options, onProgress: (done) => options.onProgress?.({ ...done, texts: hits + done.texts }) },
    );
  }

  /** `made` has a row for each place of `places`. */
  #keep(keys: readonly Uint8Array[], places: readonly number[], made: Embeddings): void {
    const { vectors, truncated, dimension, refused } = made;
    const entries = places.map((i, row) => ({
      key: keys[i]!,
      vector: vectors.subarray(row * dimension, (row + 1) * dimension),
      truncated: truncated[row] === 1,
    }));
    const kept = refused ? entries.filter((_, row) => !refused.has(row)) : entries;
    if (kept.length > 0) this.#cache.add(kept);
  }
}
