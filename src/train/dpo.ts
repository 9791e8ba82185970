/** Preference training as an objective of the training loop: the model against what it was before. */
import * as mx from "../mlx/index.ts";
import { flattenParams, type Params, replaceParams } from "../mlx/nn/params.ts";
import type { TrainBatch } from "./data/batch.ts";
import { arraysOfBatch, batchOfArrays } from "./loss.ts";
import type { Logits, Objective } from "./objective.ts";
import { type DpoOptions, type DpoResult, dpoLoss, type PairLogProbs } from "./objectives/dpo.ts";
import { sequenceLogProbs } from "./objectives/sequence.ts";

/** Row i of both is one pair: a prompt with its preferred and with its rejected answer, whose tokens count. */
export interface PreferenceBatch {
  rows: number;
  /** Neither has segments. */
  chosen: TrainBatch;
  rejected: TrainBatch;
  /** Names the pairs in errors. */
  where(row: number): string;
}

/** The tree of the reference, from the tree of the trained model. */
export type ReferenceOf = (params: Params) => Params;

/** The tree without its adapters: the model before `lora` or `dora`, at no cost in memory. */
export function withoutAdapters(params: Params): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      value instanceof mx.MlxArray ? value : withoutAdapters(value),
    ]),
  );
}

/** A copy of the trained arrays beside the model's others, for `full` training; the caller disposes of it. */
export function frozenCopy(params: Params, trained: readonly string[]): { reference: ReferenceOf } & Disposable {
  const names = new Set(trained);
  const copies = flattenParams(params)
    .filter(([path]) => names.has(path))
    .map(([path, array]) => [path, mx.keep(mx.tidy(() => mx.copy(array).eval()))] as const);
  return {
    reference: (current) => replaceParams(current, copies),
    [Symbol.dispose]: () => mx.disposeAll(copies.map(([, array]) => array)),
  };
}

/** The loss of `dpoLoss` over batches of pairs; its weight is the number of pairs. */
export function preference(logits: Logits, referenceOf: ReferenceOf, options: DpoOptions): Objective<PreferenceBatch> {
  return {
    arrays: arraysOfPairs,
    weight: ({ rows }) => rows,
    loss: (params, arrays, runLayer) =>
      comparePairs(
        (tree, input) => logits(tree, tree === params ? { ...input, runLayer } : input),
        params,
        referenceOf(params),
        arrays,
        options,
      ).loss,
  };
}

export interface PreferenceScores {
  loss: number;
  /** Share of pairs of which the trained model's reward is higher for the chosen answer. */
  accuracy: number;
  /** Mean difference of the two rewards. */
  margin: number;
}

/** How a batch stands now; evaluated. */
export function scorePairs(
  logits: Logits,
  params: Params,
  referenceOf: ReferenceOf,
  batch: PreferenceBatch,
  options: DpoOptions,
): PreferenceScores {
  return mx.tidy(() => {
    const result = comparePairs(logits, params, referenceOf(params), arraysOfPairs(batch), options);
    const margins = mx.subtract(result.chosenRewards, result.rejectedRewards);
    const right = mx.mean(mx.astype(mx.greater(margins, 0), "float32"));
    const margin = mx.mean(margins);
    mx.evaluate(result.loss, right, margin);
    return { loss: Number(result.loss.item()), accuracy: Number(right.item()), margin: Number(margin.item()) };
  });
}

function arraysOfPairs({ chosen, rejected }: PreferenceBatch): mx.MlxArray[] {
  return [...arraysOfBatch(chosen), ...arraysOfBatch(rejected)];
}

function comparePairs(
  logits: Logits,
  params: Params,
  reference: Params,
  [chosenIds, chosenCounted, rejectedIds, rejectedCounted]: readonly mx.MlxArray[],
  options: DpoOptions,
): DpoResult {
  const logProbs = (tree: Params): PairLogProbs => {
    const of = (ids: mx.MlxArray, counted: mx.MlxArray) => answerLogProbs(logits, tree, [ids, counted], options);
    return { chosen: of(chosenIds!, chosenCounted!), rejected: of(rejectedIds!, rejectedCounted!) };
  };
  const before = logProbs(reference);
  return dpoLoss(
    logProbs(params),
    { chosen: mx.stopGradient(before.chosen), rejected: mx.stopGradient(before.rejected) },
    options,
  );
}

/** float32 `[rows]`: sums over the counted tokens, or their means where the loss asks for them. */
function answerLogProbs(logits: Logits, tree: Params, arrays: mx.MlxArray[], { loss }: DpoOptions): mx.MlxArray {
  const { inputs, targets, counted } = batchOfArrays(arrays);
  const { sums, counts } = sequenceLogProbs(logits(tree, { ids: inputs }), targets, counted);
  return loss === "ipo" ? mx.divide(sums, mx.maximum(counts, 1)) : sums;
}
