/** Speculative decoding: a small model guesses some tokens, the large one checks them all in one call. */
import { MdpError } from "../../core/errors.ts";
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

export interface DraftOptions extends TokenOptions {
  /** Tokens that are guessed at once. */
  numDraftTokens: number;
}

/** Turns between two calls that give freed memory back. */
const CLEAR_EVERY = 64;

/**
 * As `generateTokens`, with guesses of a model that has the same tokenizer. A guess counts where it is the token that
 * the large model takes: at temperature 0 the tokens are those of the large model alone.
 */
export async function* generateWithDraft(
  model: LoadedDecoder,
  draft: LoadedDecoder,
  prompt: ArrayLike<number>,
  options: DraftOptions,
): AsyncGenerator<GeneratedToken> {
  checkTokenOptions(options);
  checkDraft(options);
  checkPrompt(prompt, model.decoder.config);
  const ids = Int32Array.from(prompt);
  const { vocab_size: vocabulary } = model.decoder.config;
  using own = options.keys ? undefined : new KeySequence(options.seed);
  const keys = (options.keys ?? own)!;
  using large = new Speaker(model, options, keys, vocabulary);
  using small = new Speaker(draft, options, keys, Math.min(vocabulary, draft.decoder.config.vocab_size));
  await large.read(ids, options);
  await small.read(ids, { ...options, onPrompt: undefined });
  const text = Array.from(ids);
  for (let count = 0, turn = 1; ; turn++) {
    const left = options.maxTokens === -1 ? Number.POSITIVE_INFINITY : options.maxTokens - count;
    const guesses = small.guess(Math.min(options.numDraftTokens, left - 1), text);
    const tokens = large.check(guesses, text);
    const right = tokens.findIndex((token, i) => token !== guesses[i]);
    large.keep(text.length + right);
    small.keep(text.length + right);
    for (const [i, token] of tokens.slice(0, right + 1).entries()) {
      text.push(token);
      yield { token, fromDraft: i < right };
    }
    count += right + 1;
    if (count === options.maxTokens) return;
    if (turn % CLEAR_EVERY === 0) mx.clearCache();
    await breathe(options.signal);
  }
}

/** One of the two models, with how much of the text it has seen. */
class Speaker implements Disposable {
  readonly #model: LoadedDecoder;
  readonly #options: DraftOptions;
  readonly #caches: LayerCache[];
  readonly #vocabulary: number;
  readonly #sampler: Sampler;
  readonly #processors: LogitsProcessors | undefined;
  /** Tokens that are in the caches. */
  #seen = 0;

  /** @param vocabulary tokens that may be taken */
  constructor(model: LoadedDecoder, options: DraftOptions, keys: KeySequence, vocabulary: number) {
    this.#model = model;
    this.#options = options;
    this.#caches = model.makeCaches({ trimmable: true });
    this.#vocabulary = vocabulary;
    this.#sampler = makeSampler(options, keys, options.spared);
    this.#processors = makeProcessors(options, vocabulary);
  }

  async read(prompt: Int32Array, options: DraftOptions): Promise<void> {
    await prefill(this.#model, this.#caches, prompt.map(this.#known), options);
    this.#seen = prompt.length - 1;
  }

  /** The next tokens, one after another. */
  guess(count: number, text: readonly number[]): number[] {
    const guesses: number[] = [];
    for (let i = 0; i < count; i++) {
      const [token] = this.#call(text, guesses, 1);
      guesses.push(token!);
    }
    return guesses;
  }

  /** The token that this model takes after the text, and after each guess. */
  check(guesses: readonly number[], text: readonly number[]): number[] {
    return this.#call(text, guesses, guesses.length + 1);
  }

  /** Forgets what lies behind the first `length` tokens. */
  keep(length: number): void {
    const wrong = this.#seen - length;
    if (wrong <= 0) return;
    for (const cache of this.#caches) cache.trim(wrong);
    this.#seen = length;
  }

  /** The tokens taken at the last `outputs` places of the text with its guesses. */
  #call(text: readonly number[], guesses: readonly number[], outputs: number): number[] {
    const fresh = text.slice(this.#seen);
    const ids = [...fresh, ...guesses.slice(Math.max(0, this.#seen - text.length))].map(this.#known);
    this.#seen = text.length + guesses.length;
    return mx.tidy(() => {
      const input = { ids: mx.array([ids], "int32"), caches: this.#caches };
      const range = [
        [0, 1],
        [ids.length - outputs, ids.length],
        [0, this.#vocabulary],
      ] as const;
      const raw = mx.squeeze(mx.slice(this.#model.logits(input), range), 0);
      const logits = this.#processors ? this.#processed(raw, text, guesses, this.#processors) : raw;
      quantizeCaches(this.#caches, this.#options);
      const totals = mx.logsumexp(logits, -1, true);
      const tokens = this.#sampler(mx.subtract(logits, totals));
      mx.evaluate(tokens, totals);
      requireFinite(totals);
      return Array.from(tokens.toTypedArray(), Number);
    });
  }

  /** Each place has its own past: the text, and the guesses before it. */
  #processed(raw: mx.MlxArray, text: readonly number[], guesses: readonly number[], by: LogitsProcessors): mx.MlxArray {
    const outputs = raw.shape[0]!;
    const rows = Array.from({ length: outputs }, (_, i) => {
      const own = guesses.slice(0, guesses.length - outputs + 1 + i);
      const recent = [...text.slice(-by.context), ...own].slice(-by.context);
      return by.apply(mx.array(recent, "int32"), mx.slice(raw, [[i, i + 1]]));
    });
    return mx.concatenate(rows, 0);
  }

  /** Models of one tokenizer may differ in the room behind its tokens: what this one lacks is put as token 0 to it. */
  readonly #known = (id: number): number => (id < this.#model.decoder.config.vocab_size ? id : 0);

  [Symbol.dispose](): void {
    for (const cache of this.#caches) cache[Symbol.dispose]();
  }
}

/** @throws MdpError for options that do not go together with a draft model */
function checkDraft({ numDraftTokens, maxKvSize, caches }: DraftOptions): void {
  const problem =
    maxKvSize !== undefined || caches
      ? "a draft model needs caches that can forget their last tokens"
      : Number.isInteger(numDraftTokens) && numDraftTokens >= 1
        ? undefined
        : `num-draft-tokens is ${numDraftTokens}`;
  if (problem === undefined) return;
  throw new MdpError({
    code: "option-invalid",
    message: problem,
    hint: "leave out --max-kv-size and prompt caches, and guess 1 token or more",
  });
}
