/** Texts to vectors with MLX. */
import { availableParallelism } from "node:os";
import { InterruptedError } from "../core/errors.ts";
import { setNativeEnv } from "../core/native.ts";
import type { Embedder, EmbedderDescription, Embeddings, EmbedOptions, TokenCounter } from "../core/ports.ts";
import * as mx from "../mlx/index.ts";
import { normalizeRows, pool } from "../mlx/nn/pooling.ts";
import type { ModelFolder } from "../models/folder.ts";
import { type LoadedEncoder, loadEncoder } from "../models/load.ts";
import { parseTokenizer } from "../tokenizers/load.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { planRounds } from "./batches.ts";
import type { EmbedSettings } from "./config.ts";
import { describeEmbedder } from "./describe.ts";

/** Texts that are tokenized and sorted together; bounds what is held besides the vectors. */
const WINDOW_TEXTS = 4096;
/** Each stream holds the arrays of one batch. */
const MAX_STREAMS = 16;
/**
 * `batchTokens` where the settings leave it out, and the freed buffers that MLX keeps per stream. On the CPU the arrays
 * of small batches stay in the caches; a GPU wants enough work for all its cores.
 */
const DEVICE_LIMITS = {
  cpu: { batchTokens: 256, cacheBytes: 32 * 1024 ** 2 },
  gpu: { batchTokens: 8192, cacheBytes: 1024 ** 3 },
};

/** Opens the model that the settings name. Dispose of it to free its weights. */
export async function openEmbedder(settings: EmbedSettings): Promise<Embedder> {
  const { folder, description } = await describeEmbedder(settings);
  const tokenizer = parseTokenizer(await Bun.file(folder.tokenizerPath).text(), folder.tokenizerPath);
  // Streams keep the cores busy; threads inside each product would only get in their way. Read when BLAS is loaded.
  setNativeEnv("OPENBLAS_NUM_THREADS", "1", { overwrite: false });
  const streams = openStreams();
  const limits = DEVICE_LIMITS[mx.defaultDevice()];
  mx.setCacheLimit(streams.length * limits.cacheBytes);
  const encoder = await loadEncoder(folder);
  const batchTokens = settings.batchTokens ?? limits.batchTokens;
  return new MlxEmbedder({ description, folder, tokenizer, encoder, streams, batchTokens });
}

/** One stream per core on the CPU; a GPU is one queue. */
function openStreams(): mx.Stream[] {
  const count = mx.defaultDevice() === "cpu" ? Math.min(availableParallelism(), MAX_STREAMS) : 1;
  return Array.from({ length: count }, () => mx.newStream());
}

interface Parts {
  description: EmbedderDescription;
  folder: ModelFolder;
  tokenizer: Tokenizer;
  encoder: LoadedEncoder;
  streams: mx.Stream[];
  batchTokens: number;
}

class MlxEmbedder implements Embedder {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get description(): EmbedderDescription {
    return this.#parts.description;
  }

  get tokens(): TokenCounter {
    return this.#parts.tokenizer;
  }

  async embed(texts: readonly string[], kind: "query" | "document", options: EmbedOptions = {}): Promise<Embeddings> {
    const { dimension, queryPrefix, documentPrefix } = this.description;
    const prefix = kind === "query" ? queryPrefix : documentPrefix;
    const result: Embeddings = {
      vectors: new Float32Array(texts.length * dimension),
      count: texts.length,
      dimension,
      tokens: 0,
      truncated: new Uint8Array(texts.length),
    };
    for (let first = 0; first < texts.length; first += WINDOW_TEXTS) {
      await this.#window(texts.slice(first, first + WINDOW_TEXTS), prefix, first, result, options);
    }
    return result;
  }

  /** Embeds the texts whose rows start at `first`. */
  async #window(texts: string[], prefix: string, first: number, result: Embeddings, options: EmbedOptions) {
    const { tokenizer, streams, batchTokens } = this.#parts;
    const { maxTokens, dimension } = this.description;
    const encodings = texts.map((text) => tokenizer.encode(prefix + text, { maxTokens }));
    const lengths = encodings.map(({ ids }) => ids.length);
    let done = first;
    for (const round of planRounds(lengths, { batchTokens, streams: streams.length })) {
      await nextTurn();
      if (options.signal?.aborted) throw new InterruptedError();
      const vectors = this.#compute(round.map((batch) => batch.map((index) => encodings[index]!.ids)));
      round.forEach((batch, b) => {
        batch.forEach((index, row) => {
          const vector = vectors[b]!.subarray(row * dimension, (row + 1) * dimension);
          result.vectors.set(vector, (first + index) * dimension);
          result.truncated[first + index] = Number(encodings[index]!.truncated);
          result.tokens += lengths[index]!;
        });
        done += batch.length;
      });
      options.onProgress?.({ texts: done, tokens: result.tokens });
    }
  }

  /**
   * Vectors `[batch, dimension]` of each batch; batches run side by side, one stream each, in one evaluation. What lies
   * between is let go of before that: MLX then frees or reuses each array as soon as the next is computed.
   */
  #compute(batches: Uint32Array[][]): Float32Array[] {
    return mx.tidy(() => {
      const results = batches.map((batch, i) =>
        mx.tidy(() => mx.withStream(this.#parts.streams[i]!, () => this.#batch(batch))),
      );
      mx.evaluate(...results);
      return results.map((vectors) => vectors.toFloat32());
    });
  }

  #batch(batch: Uint32Array[]): mx.MlxArray {
    const { encoder, folder } = this.#parts;
    const length = Math.max(...batch.map((ids) => ids.length));
    const shape = [batch.length, length];
    const ids = new Int32Array(batch.length * length);
    const present = new Float32Array(batch.length * length);
    batch.forEach((row, i) => {
      ids.set(row, i * length);
      present.fill(1, i * length, i * length + row.length);
    });
    const mask = mx.fromTypedArray(present, shape);
    const padded = batch.some((row) => row.length < length);
    const hidden = encoder.forward({ ids: mx.fromTypedArray(ids, shape), mask: padded ? mask : undefined });
    const pooled = pool(hidden, mask, folder.pooling);
    return folder.normalize ? normalizeRows(pooled) : pooled;
  }

  [Symbol.dispose](): void {
    this.#parts.encoder[Symbol.dispose]();
    for (const stream of this.#parts.streams) stream.dispose();
    mx.clearCache();
  }
}

/** Lets signals and other work of the event loop through; one evaluation holds the thread. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
