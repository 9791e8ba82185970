/** Texts to vectors with MLX. */
import { InterruptedError, MdpError } from "../core/errors.ts";
import type { Embedder, EmbedderDescription, Embeddings, EmbedOptions, TokenCounter } from "../core/ports.ts";
import * as mx from "../mlx/index.ts";
import type { ModelFolder } from "../models/folder.ts";
import { type LoadedEncoder, loadEncoder } from "../models/load.ts";
import { padBatch } from "../models/pad-batch.ts";
import { parseTokenizer } from "../tokenizers/load.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { planRounds } from "./batches.ts";
import { isAddress, type ModelSettings } from "./config.ts";
import { describeEmbedder } from "./describe.ts";
import { computeBatches, nextTurn, openDevice } from "./device.ts";

/** Texts that are tokenized and sorted together; bounds what is held besides the vectors. */
const WINDOW_TEXTS = 4096;

/** Opens the model that the settings name, here or at an endpoint. Dispose of it to free its weights. */
export async function openEmbedder(settings: ModelSettings): Promise<Embedder> {
  if (isAddress(settings.model)) return (await import("./remote/open.ts")).openRemoteEmbedder(settings);
  const { embedder } = await openLazily(settings);
  await embedder.load();
  return embedder;
}

/** The same, its weights loaded with the first text; and the model's configuration as it was read. */
export async function openLazily(settings: ModelSettings): Promise<{ embedder: MlxEmbedder; config: unknown }> {
  const { folder, description, config, cut, notes } = await describeEmbedder(settings);
  const tokenizer = parseTokenizer(await Bun.file(folder.tokenizerPath).text(), folder.tokenizerPath);
  const load = async (): Promise<Weights> => {
    const device = openDevice(settings.batchTokens);
    try {
      const encoder = await loadEncoder(folder, {
        ...(settings.dtype ? { dtype: settings.dtype } : {}),
        ...(cut ? { dimension: description.dimension } : {}),
      });
      return { encoder, ...device };
    } catch (error) {
      for (const stream of device.streams) stream.dispose();
      throw error;
    }
  };
  return { embedder: new MlxEmbedder({ description, notes, folder, tokenizer, load }), config };
}

interface Parts {
  description: EmbedderDescription;
  notes: readonly string[];
  folder: ModelFolder;
  tokenizer: Tokenizer;
  load: () => Promise<Weights>;
}

/** What stands ready once the weights are loaded. */
interface Weights {
  encoder: LoadedEncoder;
  streams: mx.Stream[];
  batchTokens: number;
}

class MlxEmbedder implements Embedder {
  readonly #parts: Parts;
  #loading: Promise<Weights> | undefined;
  #weights: Weights | undefined;
  #disposed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Loads the weights, once. */
  async load(): Promise<Weights> {
    if (this.#weights) return this.#weights;
    this.#loading ??= this.#parts.load();
    const weights = await this.#loading;
    if (this.#disposed) {
      free(weights);
      throw new InterruptedError();
    }
    this.#weights = weights;
    return weights;
  }

  get description(): EmbedderDescription {
    return this.#parts.description;
  }

  get notes(): readonly string[] {
    return this.#parts.notes;
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
    const weights = await this.load();
    for (let first = 0; first < texts.length; first += WINDOW_TEXTS) {
      await this.#window(weights, texts.slice(first, first + WINDOW_TEXTS), prefix, first, result, options);
    }
    // Documents come in batches with other work between; a query's arrays are those of the next one.
    if (kind === "document") mx.clearCache();
    return result;
  }

  /** Embeds the texts whose rows start at `first`. */
  async #window(
    weights: Weights,
    texts: string[],
    prefix: string,
    first: number,
    result: Embeddings,
    options: EmbedOptions,
  ) {
    const { tokenizer } = this.#parts;
    const { streams, batchTokens } = weights;
    const { maxTokens, dimension } = this.description;
    const encodings = texts.map((text) => tokenizer.encode(prefix + text, { maxTokens }));
    const skip = this.#parts.folder.includePrompt ? 0 : promptLength(tokenizer, prefix);
    const lengths = encodings.map(({ ids }) => ids.length);
    let done = first;
    for (const round of planRounds(lengths, { batchTokens, streams: streams.length })) {
      await nextTurn();
      if (options.signal?.aborted) throw new InterruptedError();
      const vectors = this.#compute(
        weights,
        round.map((batch) => batch.map((index) => encodings[index]!.ids)),
        skip,
      );
      round.forEach((batch, b) => {
        batch.forEach((index, row) => {
          const vector = vectors[b]!.subarray(row * dimension, (row + 1) * dimension);
          if (!vector.every(Number.isFinite)) throw notNumbers(this.#parts.folder.dir);
          result.vectors.set(vector, (first + index) * dimension);
          result.truncated[first + index] = Number(encodings[index]!.truncated);
          result.tokens += lengths[index]!;
        });
        done += batch.length;
      });
      options.onProgress?.({ texts: done, tokens: result.tokens });
    }
  }

  /** Vectors `[batch, dimension]` of each batch. */
  #compute({ encoder, streams }: Weights, batches: Uint32Array[][], skip: number): Float32Array[] {
    return computeBatches(batches, streams, (batch) => {
      const { present, ...input } = padBatch(batch, skip);
      return encoder.vectors(input, present, skip);
    });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#weights) free(this.#weights);
    this.#weights = undefined;
  }
}

function notNumbers(model: string): MdpError {
  return new MdpError({
    code: "model-weights",
    message: "the model's vector of a text holds values that are not numbers",
    where: model,
    hint: "its weights are damaged, diverged in training or overflow in 16 bits: take an earlier copy, or hold it as float32",
  });
}

function free({ encoder, streams }: Weights): void {
  encoder[Symbol.dispose]();
  for (const stream of streams) stream.dispose();
  mx.clearCache();
}

/** Tokens of a prompt, those that the template puts before it counted, as sentence-transformers counts them. */
function promptLength(tokenizer: Tokenizer, prompt: string): number {
  if (prompt === "") return 0;
  const { special } = tokenizer.encode(prompt);
  let length = special.length;
  while (length > 0 && special[length - 1] === 1) length--;
  return length;
}
