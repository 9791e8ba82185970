/** Texts to vectors with MLX. */
import { InterruptedError } from "../core/errors.ts";
import type { Embedder, EmbedderDescription, Embeddings, EmbedOptions, TokenCounter } from "../core/ports.ts";
import * as mx from "../mlx/index.ts";
import type { ModelFolder } from "../models/folder.ts";
import { type LoadedEncoder, loadEncoder } from "../models/load.ts";
import { padBatch } from "../models/pad-batch.ts";
import { parseTokenizer } from "../tokenizers/load.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { planRounds } from "./batches.ts";
import type { EmbedSettings } from "./config.ts";
import { describeEmbedder } from "./describe.ts";
import { computeBatches, nextTurn, openDevice } from "./device.ts";

/** Texts that are tokenized and sorted together; bounds what is held besides the vectors. */
const WINDOW_TEXTS = 4096;

/** Opens the model that the settings name. Dispose of it to free its weights. */
export async function openEmbedder(settings: EmbedSettings): Promise<Embedder> {
  const { folder, description, cut, notes } = await describeEmbedder(settings);
  const tokenizer = parseTokenizer(await Bun.file(folder.tokenizerPath).text(), folder.tokenizerPath);
  const device = openDevice(settings.batchTokens);
  try {
    const encoder = await loadEncoder(folder, {
      ...(settings.dtype ? { dtype: settings.dtype } : {}),
      ...(cut ? { dimension: description.dimension } : {}),
    });
    return new MlxEmbedder({ description, notes, folder, tokenizer, encoder, ...device });
  } catch (error) {
    for (const stream of device.streams) stream.dispose();
    throw error;
  }
}

interface Parts {
  description: EmbedderDescription;
  notes: readonly string[];
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
    const skip = this.#parts.folder.includePrompt ? 0 : promptLength(tokenizer, prefix);
    const lengths = encodings.map(({ ids }) => ids.length);
    let done = first;
    for (const round of planRounds(lengths, { batchTokens, streams: streams.length })) {
      await nextTurn();
      if (options.signal?.aborted) throw new InterruptedError();
      const vectors = this.#compute(
        round.map((batch) => batch.map((index) => encodings[index]!.ids)),
        skip,
      );
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

  /** Vectors `[batch, dimension]` of each batch. */
  #compute(batches: Uint32Array[][], skip: number): Float32Array[] {
    const { encoder, streams } = this.#parts;
    return computeBatches(batches, streams, (batch) => {
      const { present, ...input } = padBatch(batch, skip);
      return encoder.vectors(input, present, skip);
    });
  }

  [Symbol.dispose](): void {
    this.#parts.encoder[Symbol.dispose]();
    for (const stream of this.#parts.streams) stream.dispose();
    mx.clearCache();
  }
}

/** Tokens of a prompt, those that the template puts before it counted, as sentence-transformers counts them. */
function promptLength(tokenizer: Tokenizer, prompt: string): number {
  if (prompt === "") return 0;
  const { special } = tokenizer.encode(prompt);
  let length = special.length;
  while (length > 0 && special[length - 1] === 1) length--;
  return length;
}
