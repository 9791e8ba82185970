/** `model bench`: how fast a model reads a prompt and generates. */
import { InterruptedError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { findModel } from "../../models/find.ts";
import { tokenDefaults } from "../../models/generate/options.ts";
import { generateTokens } from "../../models/generate/tokens.ts";
import { type LoadedDecoder, openDecoder } from "../../models/load-decoder.ts";

export interface BenchRequest {
  /** A name, a hub id or a folder. */
  model: string;
  promptTokens: number;
  generationTokens: number;
  batchSize: number;
  trials: number;
  prefillStepSize: number;
  signal?: AbortSignal | undefined;
  onTrial?: ((trial: BenchTrial, index: number) => void) | undefined;
}

export interface BenchTrial {
  /** Tokens per second of the prompts, all of a batch together. */
  promptTps: number;
  generationTps: number;
  seconds: number;
}

export interface BenchReport extends Omit<BenchRequest, "signal" | "onTrial" | "trials"> {
  trials: BenchTrial[];
  /** Means over the trials. */
  promptTps: number;
  generationTps: number;
  /** Bytes that arrays held at most. */
  peakMemory: number;
}

/** A run to warm up, then the trials, all on the same random prompts. @throws MdpError, InterruptedError */
export async function benchModel(request: BenchRequest): Promise<BenchReport> {
  const { trials: count, signal, onTrial, ...settings } = request;
  using model = await openDecoder(findModel(request.model).dir);
  const prompts = randomPrompts(model, request);
  const run = request.batchSize === 1 ? single : batched;
  mx.resetPeakMemory();
  await run(model, prompts, request);
  const trials: BenchTrial[] = [];
  while (trials.length < count) {
    const trial = await run(model, prompts, request);
    trials.push(trial);
    onTrial?.(trial, trials.length);
  }
  const mean = (value: (trial: BenchTrial) => number) => trials.reduce((sum, one) => sum + value(one), 0) / count;
  return {
    ...settings,
    trials,
    promptTps: mean(({ promptTps }) => promptTps),
    generationTps: mean(({ generationTps }) => generationTps),
    peakMemory: mx.peakMemory(),
  };
}

function randomPrompts(model: LoadedDecoder, { batchSize, promptTokens }: BenchRequest): Int32Array {
  return mx.tidy(() => {
    const ids = mx.random.randint(mx.random.key(0), [batchSize, promptTokens], 0, model.decoder.config.vocab_size);
    return Int32Array.from(ids.toFloat32());
  });
}

/** The way that `mdp generate` goes; tokens that end a text do not end it. */
async function single(model: LoadedDecoder, prompt: Int32Array, request: BenchRequest): Promise<BenchTrial> {
  const { generationTokens: maxTokens, prefillStepSize, signal } = request;
  const clock = new Clock(request);
  for await (const _ of generateTokens(model, prompt, { ...tokenDefaults, maxTokens, prefillStepSize, signal })) {
    clock.token();
  }
  return clock.trial();
}

/** Prompts of one length, each token chosen by the largest logit. */
async function batched(model: LoadedDecoder, prompts: Int32Array, request: BenchRequest): Promise<BenchTrial> {
  const { batchSize, promptTokens, generationTokens, prefillStepSize, signal } = request;
  const clock = new Clock(request);
  const caches = model.makeCaches();
  let token: mx.MlxArray | undefined;
  try {
    using ids = mx.fromTypedArray(new Int32Array(prompts), [batchSize, promptTokens]);
    for (let start = 0; start < promptTokens - 1; start += prefillStepSize) {
      const end = Math.min(start + prefillStepSize, promptTokens - 1);
      mx.tidy(() => {
        model.decoder.forward(model.params, { ids: mx.slice(ids, [null, [start, end]]), caches });
      });
      mx.evaluate(...caches.flatMap((cache) => cache.arrays()));
      mx.clearCache();
    }
    token = mx.slice(ids, [null, [promptTokens - 1, promptTokens]]);
    for (let i = 0; i < generationTokens; i++) {
      if (signal?.aborted) throw new InterruptedError();
      const last: mx.MlxArray = token;
      token = mx.tidy(() => mx.astype(mx.argmax(model.logits({ ids: last, caches }), -1), "int32"));
      mx.evaluate(token);
      last.dispose();
      clock.token();
      await Bun.sleep(0);
    }
    return clock.trial();
  } finally {
    token?.dispose();
    for (const cache of caches) cache[Symbol.dispose]();
  }
}

/** The prompt ends with the first token, as mlx-lm counts. */
class Clock {
  readonly #request: BenchRequest;
  readonly #start = performance.now();
  #first = 0;
  #last = 0;
  #tokens = 0;

  constructor(request: BenchRequest) {
    this.#request = request;
  }

  token(): void {
    this.#last = performance.now();
    if (this.#tokens++ === 0) this.#first = this.#last;
  }

  trial(): BenchTrial {
    const { batchSize, promptTokens } = this.#request;
    const promptSeconds = (this.#first - this.#start) / 1000;
    const generationSeconds = (this.#last - this.#first) / 1000;
    return {
      promptTps: (batchSize * promptTokens) / promptSeconds,
      generationTps: this.#tokens > 1 ? (batchSize * (this.#tokens - 1)) / generationSeconds : 0,
      seconds: (this.#last - this.#start) / 1000,
    };
  }
}
