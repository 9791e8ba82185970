/** The loop that generates tokens: the prompt in pieces, then one token at a time, each begun before the last is read. */
import * as mx from "../../mlx/index.ts";
import { KeySequence } from "../../mlx/nn/key-sequence.ts";
import type { LayerCache } from "../cache/cache.ts";
import { quantizeCaches } from "../cache/make-caches.ts";
import type { LoadedDecoder } from "../load-decoder.ts";
import { breathe } from "./breathe.ts";
import { checkPrompt, checkTokenOptions, requireFinite } from "./check.ts";
import type { GeneratedToken, TokenOptions } from "./options.ts";
import { prefill } from "./prefill.ts";
import { type LogitsProcessors, makeProcessors } from "./processors.ts";
import { makeSampler, type Sampler } from "./sampler.ts";

/** Tokens between two calls that give freed memory back. */
const CLEAR_EVERY = 256;

/**
 * Tokens that go on from `prompt`, those that end a text among them: the caller stops there. The caches then hold the
 * prompt and every token but perhaps the last.
 *
 * @param prompt token ids, at least one
 * @throws MdpError for bad options or ids and for logits that are no numbers; InterruptedError after the signal
 */
export async function* generateTokens(
  model: LoadedDecoder,
  prompt: ArrayLike<number>,
  options: TokenOptions,
): AsyncGenerator<GeneratedToken> {
  checkTokenOptions(options);
  checkPrompt(prompt, model.decoder.config);
  const ids = Int32Array.from(prompt);
  const { maxTokens, signal } = options;
  const caches = options.caches ?? model.makeCaches({ maxSize: options.maxKvSize });
  const steps = new Steps(model, caches, options);
  try {
    await prefill(model, caches, ids, options);
    steps.begin(ids);
    for (let count = 1; ; count++) {
      yield { token: steps.next(count !== maxTokens), fromDraft: false };
      if (count === maxTokens) return;
      if (count % CLEAR_EVERY === 1) mx.clearCache();
      await breathe(signal);
    }
  } finally {
    steps[Symbol.dispose]();
    if (!options.caches) for (const cache of caches) cache[Symbol.dispose]();
  }
}

/** A step that was begun: its token `[1]`, and the logarithm of the sum by which broken logits are found. */
interface Begun {
  token: mx.MlxArray;
  total: mx.MlxArray;
}

class Steps implements Disposable {
  readonly #model: LoadedDecoder;
  readonly #caches: LayerCache[];
  readonly #options: TokenOptions;
  readonly #ownKeys: KeySequence | undefined;
  readonly #sampler: Sampler;
  readonly #processors: LogitsProcessors | undefined;
  /** The last tokens, for the processors. */
  #recent: mx.MlxArray | undefined;
  #begun: Begun | undefined;

  constructor(model: LoadedDecoder, caches: LayerCache[], options: TokenOptions) {
    const { vocab_size: vocabulary } = model.decoder.config;
    this.#model = model;
    this.#caches = caches;
    this.#options = options;
    this.#processors = makeProcessors(options, vocabulary);
    this.#ownKeys = options.keys ? undefined : new KeySequence(options.seed);
    this.#sampler = makeSampler(options, (options.keys ?? this.#ownKeys)!, options.spared);
  }

  /** Begins the step of the prompt's last token; the others are in the caches. */
  begin(prompt: Int32Array): void {
    const last = prompt.length - 1;
    if (this.#processors && last > 0) {
      this.#recent = mx.keep(mx.fromTypedArray(prompt.slice(Math.max(0, last - this.#processors.context), last)));
    }
    using token = mx.fromTypedArray(prompt.slice(last));
    this.#begun = this.#step(token);
  }

  /** The token of the step that was begun. @param more whether to begin the one after it first */
  next(more: boolean): number {
    const { token, total } = this.#begun!;
    this.#begun = undefined;
    try {
      if (more) this.#begun = this.#step(token);
      requireFinite(total);
      return Number(token.item());
    } finally {
      mx.disposeAll([token, total]);
    }
  }

  /** Begins the step that `token` `[1]` leads to. */
  #step(token: mx.MlxArray): Begun {
    const begun = mx.keep(
      mx.tidy(() => {
        const ids = mx.reshape(token, [1, 1]);
        let logits = mx.squeeze(this.#model.logits({ ids, caches: this.#caches }), 1);
        if (this.#processors) logits = this.#processors.apply(this.#remember(token, this.#processors.context), logits);
        quantizeCaches(this.#caches, this.#options);
        const total = mx.logsumexp(logits, -1, true);
        return { token: this.#sampler(mx.subtract(logits, total)), total };
      }),
    );
    mx.asyncEvaluate(begun.token, begun.total);
    return begun;
  }

  #remember(token: mx.MlxArray, context: number): mx.MlxArray {
    const before = this.#recent;
    this.#recent = mx.keep(
      mx.tidy(() => {
        const added = mx.astype(token, "int32");
        const all = before ? mx.concatenate([before, added]) : added;
        const length = all.shape[0]!;
        return length > context ? mx.slice(all, [[length - context, length]]) : all;
      }),
    );
    before?.dispose();
    return this.#recent;
  }

  [Symbol.dispose](): void {
    mx.disposeAll([this.#begun, this.#recent]);
    this.#ownKeys?.[Symbol.dispose]();
  }
}
