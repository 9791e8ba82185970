/** Several prompts at once: one call of the model gives the next token of each. */
import * as mx from "../../mlx/index.ts";
import { KeySequence } from "../../mlx/nn/key-sequence.ts";
import { BatchKVCache } from "../cache/batch-kv-cache.ts";
import type { LoadedDecoder } from "../load-decoder.ts";
import { breathe } from "./breathe.ts";
import { checkPrompt, checkTokenOptions, requireFinite } from "./check.ts";
import { type TokenOptions, tokenDefaults } from "./options.ts";
import { makeSampler, type SamplingOptions } from "./sampler.ts";

export interface BatchOptions
  extends SamplingOptions,
    Pick<TokenOptions, "maxTokens" | "seed" | "prefillStepSize" | "spared" | "signal"> {
  /** Tokens that end a text; they are no part of it. */
  eosIds: readonly number[];
}

export const batchDefaults: BatchOptions = { ...tokenDefaults, eosIds: [] };

/** Turns between two calls that give freed memory back. */
const CLEAR_EVERY = 256;
/** Stands before shorter prompts; nothing looks at it. */
const PADDING = 0;

export interface BatchResult {
  /** Without the token that ended the text. */
  tokens: number[];
  finishReason: "stop" | "length";
}

/**
 * The continuation of each prompt, as it would be alone where the most likely token is taken. A text that has ended
 * leaves the batch.
 * @throws MdpError as `generateTokens`
 */
export async function generateBatch(
  model: LoadedDecoder,
  prompts: readonly ArrayLike<number>[],
  options: BatchOptions,
): Promise<BatchResult[]> {
  checkTokenOptions({ ...tokenDefaults, ...options });
  for (const prompt of prompts) checkPrompt(prompt, model.decoder.config);
  const results = prompts.map((): BatchResult => ({ tokens: [], finishReason: "length" }));
  if (prompts.length === 0) return results;
  const ends = new Set(options.eosIds);
  const ids = padded(prompts);
  using keys = new KeySequence(options.seed);
  const sampler = makeSampler(options, keys, options.spared);
  const longest = ids[0]!.length;
  const caches = model.decoder.windows.map(() => new BatchKVCache(prompts.map(({ length }) => longest - length)));
  try {
    for (let start = 0; start < longest - 1; start += options.prefillStepSize) {
      const end = Math.min(start + options.prefillStepSize, longest - 1);
      mx.tidy(() => {
        model.decoder.forward(model.params, { ids: columns(ids, start, end), caches });
      });
      mx.evaluate(...caches.flatMap((cache) => cache.arrays()));
      mx.clearCache();
      await breathe(options.signal);
    }
    let rows = results;
    let last = ids.map((row) => row.slice(-1));
    for (let count = 1; rows.length > 0; count++) {
      const tokens = step(model, last, caches, sampler);
      const going = rows.map((_, row) => row).filter((row) => !ends.has(tokens[row]!));
      for (const [row, result] of rows.entries()) {
        if (ends.has(tokens[row]!)) result.finishReason = "stop";
        else result.tokens.push(tokens[row]!);
      }
      if (count === options.maxTokens || going.length === 0) return results;
      if (going.length < rows.length) for (const cache of caches) cache.filter(going);
      rows = going.map((row) => rows[row]!);
      last = going.map((row) => [tokens[row]!]);
      if (count % CLEAR_EVERY === 0) mx.clearCache();
      await breathe(options.signal);
    }
    return results;
  } finally {
    for (const cache of caches) cache[Symbol.dispose]();
  }
}

/** The next token of each row, whose last one is given. */
function step(
  model: LoadedDecoder,
  last: number[][],
  caches: readonly BatchKVCache[],
  sampler: (logprobs: mx.MlxArray) => mx.MlxArray,
): number[] {
  return mx.tidy(() => {
    const logits = mx.squeeze(model.logits({ ids: mx.array(last, "int32"), caches }), 1);
    const totals = mx.logsumexp(logits, -1, true);
    const tokens = sampler(mx.subtract(logits, totals));
    mx.evaluate(tokens, totals);
    requireFinite(totals);
    return Array.from(tokens.toTypedArray(), Number);
  });
}

function padded(prompts: readonly ArrayLike<number>[]): number[][] {
  const longest = Math.max(...prompts.map(({ length }) => length));
  return prompts.map((prompt) => [...new Array<number>(longest - prompt.length).fill(PADDING), ...Array.from(prompt)]);
}

function columns(ids: readonly number[][], from: number, to: number): mx.MlxArray {
  return mx.array(
    ids.map((row) => row.slice(from, to)),
    "int32",
  );
}
