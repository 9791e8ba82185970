/** `model perplexity`: how well a model foresees a text, token by token. */
import { InterruptedError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { useAdapter } from "../../models/adapters/apply.ts";
import { findModel } from "../../models/find.ts";
import { type LoadedDecoder, openDecoder } from "../../models/load-decoder.ts";
import { crossEntropy } from "../../train/loss.ts";
import { evaluationTokens, type TokensRequest } from "./evaluation-tokens.ts";

export interface PerplexityRequest extends Omit<TokensRequest, "modelDir" | "eosIds" | "vocabSize"> {
  /** A name, a hub id or a folder. */
  model: string;
  /** Folder of an adapter to put into the model. */
  adapter?: string | undefined;
  batchSize: number;
  signal?: AbortSignal | undefined;
  /** Samples that are done, of how many. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Perplexity {
  perplexity: number;
  /** Standard error of the perplexity. */
  error: number;
  /** Mean negative logarithm of a token's probability. */
  loss: number;
  /** Tokens that were foreseen: all but the first of each sample. */
  tokens: number;
  samples: number;
  sequenceLength: number;
}

export interface PerplexityReport extends Perplexity {
  model: string;
  rejects: number;
  tokensPerSecond: number;
  peakMemory: number;
}

/** @throws MdpError for a model or data that cannot be used; InterruptedError */
export async function perplexityOf(request: PerplexityRequest): Promise<PerplexityReport> {
  const { model: name, adapter, sequenceLength, batchSize, signal, onProgress } = request;
  const { dir } = findModel(name);
  using model = await openDecoder(dir);
  if (adapter !== undefined) await useAdapter(model, adapter);
  const vocabSize = model.decoder.config.vocab_size;
  const data = await evaluationTokens({ ...request, modelDir: dir, eosIds: model.eosIds, vocabSize });
  mx.resetPeakMemory();
  const start = performance.now();
  const options = { sequenceLength, batchSize, signal, onProgress };
  const measured = await measurePerplexity(model, data.ids, options);
  const seconds = (performance.now() - start) / 1000;
  return {
    model: name,
    ...measured,
    rejects: data.rejects,
    tokensPerSecond: measured.tokens / seconds,
    peakMemory: mx.peakMemory(),
  };
}

export type MeasureOptions = Pick<PerplexityRequest, "sequenceLength" | "batchSize" | "signal" | "onProgress">;

/** @param ids whole samples, `[samples, sequenceLength]` row by row */
export async function measurePerplexity(
  model: Pick<LoadedDecoder, "logits">,
  ids: Int32Array,
  { sequenceLength, batchSize, signal, onProgress }: MeasureOptions,
): Promise<Perplexity> {
  const samples = ids.length / sequenceLength;
  const losses: Float32Array[] = [];
  for (let start = 0; start < samples; start += batchSize) {
    if (signal?.aborted) throw new InterruptedError();
    const end = Math.min(samples, start + batchSize);
    losses.push(lossesOf(model, ids.slice(start * sequenceLength, end * sequenceLength), sequenceLength));
    mx.clearCache();
    onProgress?.(end, samples);
    // Signals are heard between two batches.
    await Bun.sleep(0);
  }
  return { ...statistics(losses), samples, sequenceLength };
}

/** Of every token that has one before it. */
function lossesOf(model: Pick<LoadedDecoder, "logits">, ids: Int32Array, length: number): Float32Array {
  return mx.tidy(() => {
    const batch = mx.fromTypedArray(new Int32Array(ids), [ids.length / length, length]);
    const logits = mx.astype(model.logits({ ids: mx.slice(batch, [null, [0, length - 1]]) }), "float32");
    return crossEntropy(logits, mx.slice(batch, [null, [1, length]])).toFloat32();
  });
}

/** The deviation is that of a sample, n − 1; the error of the perplexity follows from that of the mean's. */
function statistics(losses: readonly Float32Array[]): Pick<Perplexity, "perplexity" | "error" | "loss" | "tokens"> {
  const tokens = losses.reduce((count, part) => count + part.length, 0);
  const total = (value: (loss: number) => number) =>
    losses.reduce((sum, part) => sum + part.reduce((inner, loss) => inner + value(loss), 0), 0);
  const loss = total((one) => one) / tokens;
  const variance = total((one) => (one - loss) ** 2) / (tokens - 1);
  const perplexity = Math.exp(loss);
  return { perplexity, error: perplexity * Math.sqrt(variance / tokens), loss, tokens };
}
