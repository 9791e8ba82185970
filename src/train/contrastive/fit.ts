/** Trains an encoder so that anchors lie near what belongs to them and far from the rest of their batch. */
import { InterruptedError, MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { withoutApproximations } from "../../mlx/nn/approximations.ts";
import { flattenParams, type Params } from "../../mlx/nn/index.ts";
import { createOptimizer } from "../../mlx/optim/index.ts";
import { padBatch } from "../../models/pad-batch.ts";
import { permutation } from "../../shard/loader/permutation.ts";
import { singleReducer } from "../distributed/reducer.ts";
import { infoNceLoss, sameTexts } from "../objectives/info-nce.ts";
import { type Loss, Stepper } from "../step.ts";
import type { ContrastiveSettings } from "./config.ts";
import { encodeBatch, idsOf, type TrainedEncoder } from "./encode.ts";
import type { ContrastiveRow } from "./rows.ts";

export interface FitProgress {
  step: number;
  steps: number;
  loss: number;
}

export interface FitRequest {
  model: TrainedEncoder;
  /** Taken over. */
  params: Params;
  rows: readonly ContrastiveRow[];
  settings: ContrastiveSettings;
  signal: AbortSignal;
  onStep?: (progress: FitProgress) => void;
}

export interface Fit {
  steps: number;
  /** Loss of the last epoch, mean over its steps. */
  loss: number;
}

/**
 * Trains, and gives the trained parameters to `finished`, in which alone they live.
 *
 * @throws InterruptedError after the signal, MdpError `loss-not-finite`: nothing is kept
 */
export async function fitContrastive<T>(
  request: FitRequest,
  finished: (params: Params, fit: Fit) => T,
): Promise<Awaited<T>> {
  const { model, params, rows, settings } = request;
  const perEpoch = batchesOf(rows.length, settings.batchSize);
  const steps = perEpoch * settings.epochs;
  using stepper = contrastiveStepper(model, params, settings);
  const fit: Fit = { steps, loss: 0 };
  for (let epoch = 0, step = 0; epoch < settings.epochs; epoch++) {
    const order = permutation(rows.length, settings.seed, epoch);
    fit.loss = 0;
    for (let index = 0; index < perEpoch; index++, step++) {
      const first = index * settings.batchSize;
      const size = Math.min(settings.batchSize, rows.length - first);
      const batch = Array.from({ length: size }, (_, i) => rows[order.at(first + i)]!);
      const loss = stepOn(stepper, model, batch, rateAt(step, steps, settings));
      if (!Number.isFinite(loss)) throw notFinite(`the loss of step ${step + 1} is ${loss}`);
      fit.loss += loss / perEpoch;
      request.onStep?.({ step: step + 1, steps, loss });
      // Signals are served only between macrotasks.
      await new Promise(setImmediate);
      if (request.signal.aborted) throw new InterruptedError();
    }
  }
  if (!areFinite(stepper.params)) throw notFinite(`after step ${steps} some weights are no numbers`);
  return await finished(stepper.params, fit);
}

/** No loss tells of what the last step did. */
function areFinite(params: Params): boolean {
  return flattenParams(params).every(([, array]) => mx.tidy(() => Boolean(mx.all(mx.isfinite(array)).item())));
}

function notFinite(message: string): MdpError {
  const hint = "lower the learning rate or set --max-grad-norm; nothing was saved";
  return new MdpError({ code: "loss-not-finite", message, hint });
}

/** What moves all of the encoder's weights, which it takes over. The caller disposes of it. */
export function contrastiveStepper(
  model: Pick<TrainedEncoder, "folder" | "encoder">,
  params: Params,
  settings: ContrastiveSettings,
): Stepper {
  using key = mx.random.key(settings.seed);
  return new Stepper({
    params,
    trained: flattenParams(params).map(([path]) => path),
    optimizer: createOptimizer("adamw", { weight_decay: settings.weightDecay, bias_correction: true }),
    loss: contrastiveLoss(model, settings),
    dropout: 0,
    key,
    gradCheckpoint: false,
    accumulation: { kind: "mean" },
    maxGradNorm: settings.maxGradNorm,
    watchNorm: false,
    reducer: singleReducer(),
  });
}

/** A last batch of one row would have nothing to compare with. */
function batchesOf(rows: number, batchSize: number): number {
  return Math.floor(rows / batchSize) + Number(rows % batchSize > 1);
}

function rateAt(step: number, steps: number, { learningRate, warmup }: ContrastiveSettings): number {
  const rising = Math.round(steps * warmup);
  return learningRate * (step < rising ? (step + 1) / rising : (steps - step) / (steps - rising));
}

/** One step on these rows. @returns their loss before it */
export function stepOn(
  stepper: Stepper,
  model: TrainedEncoder,
  batch: readonly ContrastiveRow[],
  rate: number,
): number {
  return mx.tidy(() => {
    const input = { batch: arraysOf(model, batch), rate: mx.array(rate, "float32"), blend: 1, share: 1, update: true };
    return withoutApproximations(() => stepper.step(input)).loss;
  });
}

/** Ids and presence of the anchors, the same of the candidates, and which candidates are no strangers. */
export function arraysOf(model: TrainedEncoder, rows: readonly ContrastiveRow[]): mx.MlxArray[] {
  const anchors = rows.map(({ anchor }) => anchor);
  const positives = rows.map(({ positive }) => positive);
  const negatives = rows.flatMap((row) => row.negatives);
  const candidates = [...positives, ...negatives];
  const queries = padBatch(anchors.map((text) => idsOf(model, text, "query")));
  const documents = padBatch(candidates.map((text) => idsOf(model, text, "document")));
  const shape = [anchors.length, candidates.length];
  const same = sameTexts({ anchors, positives, negatives }) ?? new Uint8Array(shape[0]! * shape[1]!);
  return [queries.ids, queries.present, documents.ids, documents.present, mx.fromTypedArray(same, shape, "bool")];
}

/** InfoNCE of the arrays that `arraysOf` makes. */
export function contrastiveLoss(
  model: Pick<TrainedEncoder, "folder" | "encoder">,
  options: Pick<ContrastiveSettings, "temperature" | "symmetric">,
): Loss {
  return (params, [anchorIds, anchorsPresent, candidateIds, candidatesPresent, excluded]) => {
    const rows = anchorIds!.shape[0]!;
    const anchors = encodeBatch(model, params, anchorIds!, anchorsPresent!);
    const candidates = encodeBatch(model, params, candidateIds!, candidatesPresent!);
    const positives = mx.slice(candidates, [[0, rows]]);
    const more = candidates.shape[0]! > rows;
    const negatives = more ? mx.slice(candidates, [[rows, null]]) : undefined;
    return infoNceLoss({ anchors, positives, negatives }, options, excluded);
  };
}
