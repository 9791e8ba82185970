/** Scores of texts for a query by a cross-encoder or by Qwen's reranker, with MLX. */
import { InterruptedError, MdpError } from "../core/errors.ts";
import type { Reranker } from "../core/ports.ts";
import * as mx from "../mlx/index.ts";
import { findModel, modelName } from "../models/find.ts";
import type { WeightType } from "../models/load.ts";
import { loadClassifier } from "../models/load-classifier.ts";
import { loadYesNo } from "../models/load-yes-no.ts";
import { padBatch, padTypes } from "../models/pad-batch.ts";
import { type RerankerFolder, readRerankerFolder } from "../models/reranker-folder.ts";
import { openTokenizer } from "../tokenizers/open.ts";
import { joinPair } from "../tokenizers/pair.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { planRounds } from "./batches.ts";
import { computeBatches, type Device, nextTurn, openDevice } from "./device.ts";
import { qwenPrompt } from "./qwen-prompt.ts";

/** A token of real text is shorter; what lies behind `maxTokens` times as many characters is not even tokenized. */
const MAX_CHARS_PER_TOKEN = 100;

export interface RerankerOptions {
  /** A folder, or a name in the model cache. */
  model: string;
  /** How its weights are held; float32 by default, in which is computed too. */
  dtype?: WeightType | undefined;
  /** Tokens of one batch, padding counted; by default what suits the device. */
  batchTokens?: number | undefined;
}

/** A query and a text as the model reads them. */
interface Row {
  ids: Uint32Array;
  /** Segments; undefined where the model knows none. */
  types?: Uint8Array;
}

/** A model, seen as rows in and scores out. */
interface Scorer extends Disposable {
  readonly scale: Reranker["scale"];
  row(query: string, text: string): Row;
  /** Scores `[batch]`, float32; not computed yet. */
  scores(rows: readonly Row[]): mx.MlxArray;
}

/**
 * Opens a reranker: a sequence classifier with one label (BERT, DistilBERT, RoBERTa, XLM-RoBERTa, MPNet, ModernBERT, GTE),
 * whose logit becomes a score as sentence-transformers' CrossEncoder does it; or Qwen3-Reranker, whose score is the
 * probability of "yes". Longer pairs than the model takes are cut as Hugging Face's tokenizers cut them. Dispose of it to
 * free its weights.
 */
export async function openReranker({ model, dtype, batchTokens }: RerankerOptions): Promise<Reranker> {
  const { dir } = findModel(model);
  const name = modelName(model);
  const folder = await readRerankerFolder(dir, name);
  const tokenizer = await openTokenizer(dir);
  const device = openDevice(batchTokens);
  try {
    const scorer =
      folder.kind === "classifier"
        ? await crossEncoder(folder, tokenizer, dtype)
        : await yesNo(folder, tokenizer, dtype, dir);
    return new MlxReranker(name, scorer, device);
  } catch (error) {
    for (const stream of device.streams) stream.dispose();
    throw error;
  }
}

async function crossEncoder(
  { classifier, activation }: Extract<RerankerFolder, { kind: "classifier" }>,
  tokenizer: Tokenizer,
  dtype: WeightType | undefined,
): Promise<Scorer> {
  const loaded = await loadClassifier(classifier, dtype);
  const { maxTokens, config } = classifier;
  const hasTypes = typeof config.type_vocab_size !== "number" || config.type_vocab_size > 1;
  const idsOf = remembering((text: string) => tokenizer.encode(text, { specialTokens: false, maxTokens }).ids);
  return {
    scale: activation === "sigmoid" ? "probability" : "logit",
    row: (query, text) => {
      const part = text.slice(0, maxTokens * MAX_CHARS_PER_TOKEN);
      const ids = tokenizer.encode(part, { specialTokens: false, maxTokens }).ids;
      const pair = joinPair(tokenizer.pair, idsOf(query), ids, maxTokens);
      return hasTypes && pair.types.includes(1) ? pair : { ids: pair.ids };
    },
    scores: (rows) => {
      const { present, ...input } = padBatch(rows.map(({ ids }) => ids));
      const hasSegments = rows.some(({ types }) => types !== undefined);
      const types = hasSegments ? padTypes(rows.map((row) => row.types ?? new Uint8Array(row.ids.length))) : undefined;
      const logits = mx.squeeze(loaded.logits({ ...input, types }, present), 1);
      return activation === "sigmoid" ? mx.sigmoid(logits) : logits;
    },
    [Symbol.dispose]: () => loaded[Symbol.dispose](),
  };
}

/** The last result of a function: the same query comes with every text. */
function remembering<T>(compute: (text: string) => T): (text: string) => T {
  let last: { text: string; value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: compute(text) };
    return last.value;
  };
}

async function yesNo(
  folder: Extract<RerankerFolder, { kind: "yes-no" }>,
  tokenizer: Tokenizer,
  dtype: WeightType | undefined,
  where: string,
): Promise<Scorer> {
  const [yes, no] = [tokenizer.tokenToId("yes"), tokenizer.tokenToId("no")];
  if (yes === undefined || no === undefined) {
    throw new MdpError({
      code: "model-unsupported",
      message: 'the tokenizer has no token "yes" or no token "no"',
      where,
      hint: "take the tokenizer of the original model",
    });
  }
  const loaded = await loadYesNo(folder, dtype);
  const prompt = qwenPrompt(tokenizer, folder.maxTokens);
  return {
    scale: "probability",
    row: (query, text) => ({ ids: prompt(query, text.slice(0, folder.maxTokens * MAX_CHARS_PER_TOKEN)) }),
    scores: (rows) => {
      const { present, ...input } = padBatch(rows.map(({ ids }) => ids));
      return mx.sigmoid(loaded.difference(input, present, { yes, no }));
    },
    [Symbol.dispose]: () => loaded[Symbol.dispose](),
  };
}

class MlxReranker implements Reranker {
  readonly name: string;
  readonly #scorer: Scorer;
  readonly #device: Device;

  constructor(name: string, scorer: Scorer, device: Device) {
    this.name = name;
    this.#scorer = scorer;
    this.#device = device;
  }

  get scale(): Reranker["scale"] {
    return this.#scorer.scale;
  }

  async score(
    query: string,
    texts: readonly string[],
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array> {
    const { streams, batchTokens } = this.#device;
    const rows = texts.map((text) => this.#scorer.row(query.toWellFormed(), text.toWellFormed()));
    const scores = new Float32Array(texts.length);
    for (const round of planRounds(
      rows.map(({ ids }) => ids.length),
      { batchTokens, streams: streams.length },
    )) {
      await nextTurn();
      if (options.signal?.aborted) throw new InterruptedError();
      const batches = round.map((batch) => batch.map((index) => rows[index]!));
      const results = computeBatches(batches, streams, (batch) => this.#scorer.scores(batch));
      round.forEach((batch, b) => {
        batch.forEach((index, place) => {
          scores[index] = results[b]![place]!;
        });
      });
    }
    const broken = scores.findIndex((score) => Number.isNaN(score));
    if (broken === -1) return scores;
    throw new MdpError({
      code: "model-weights",
      message: `${this.name}'s score for a text is not a number`,
      hint: "its weights are damaged or overflow in 16 bits: download the model again, or hold it as float32",
    });
  }

  [Symbol.dispose](): void {
    this.#scorer[Symbol.dispose]();
    for (const stream of this.#device.streams) stream.dispose();
    mx.clearCache();
  }
}
