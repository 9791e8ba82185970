/** Settings of `train`: mlx-lm's, under its names; then ours. */
import * as v from "valibot";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));
const setting = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text));

export const optimizerNames = ["adam", "adamw", "muon", "sgd", "adafactor", "lion"] as const;

export const TrainSettings = v.strictObject({
  fineTuneType: v.optional(
    setting(
      v.picklist(["lora", "dora", "full"]),
      "What is trained: a low-rank pair beside each layer, or all weights.",
    ),
    "lora",
  ),
  optimizer: v.optional(setting(v.picklist(optimizerNames), "Optimizer."), "adam"),
  seed: v.optional(setting(count(0), "Seed of weights, order and dropout."), 0),
  numLayers: v.optional(setting(count(-1), "Blocks from the end that are trained; -1 for all."), 16),
  batchSize: v.optional(setting(count(1), "Rows of one batch, over all ranks."), 4),
  iters: v.optional(setting(count(0), "Iterations."), 1_000),
  valBatches: v.optional(setting(count(-1), "Batches of one validation; -1 for all."), 25),
  learningRate: v.optional(setting(v.pipe(v.number(), v.minValue(0)), "Learning rate."), 1e-5),
  stepsPerReport: v.optional(setting(count(1), "Iterations between two reports of the loss."), 10),
  stepsPerEval: v.optional(setting(count(1), "Iterations between two validations."), 200),
  resumeAdapterFile: v.optional(setting(v.string(), "Adapter weights to begin with.")),
  adapterPath: v.optional(setting(v.string(), "Folder for the adapter, its checkpoints and metrics."), "adapters"),
  saveEvery: v.optional(setting(count(1), "Iterations between two checkpoints."), 100),
  testBatches: v.optional(setting(count(-1), "Batches of the test; -1 for all."), 500),
  maxSeqLength: v.optional(setting(count(2), "Longest row in tokens; the rest is cut."), 2_048),
  gradCheckpoint: v.optional(setting(v.boolean(), "Compute inner values again instead of keeping them."), false),
  gradAccumulationSteps: v.optional(setting(count(1), "Batches whose gradients make one step."), 1),
  clearCacheThresholdBytes: v.optional(
    setting(count(0), "Memory that MLX keeps for its next arrays; what is above is given back after each batch."),
    256_000_000,
  ),
  lrSchedule: v.optional(
    setting(
      v.picklist(["constant", "cosine_decay", "linear_schedule", "exponential_decay", "step_decay"]),
      "How the learning rate changes with the steps.",
    ),
    "constant",
  ),
  lrScheduleArguments: v.optional(
    setting(v.array(v.number()), "Numbers of the schedule, in mlx-lm's order: the first is its highest rate."),
  ),
  warmup: v.optional(setting(count(0), "Steps over which the learning rate rises to that of the schedule."), 0),
  warmupInit: v.optional(setting(v.pipe(v.number(), v.minValue(0)), "Learning rate at the start of the warm-up."), 0),
  optimizerConfig: v.optional(
    setting(v.string(), "Options of the optimizer as a JSON object, with MLX's names, such as weight_decay."),
  ),
  maskPrompt: v.optional(setting(v.boolean(), "Train on the answer only, not on the prompt."), false),
  promptFeature: v.optional(setting(v.string(), "Key of a row's prompt."), "prompt"),
  completionFeature: v.optional(setting(v.string(), "Key of a row's answer."), "completion"),
  chatFeature: v.optional(setting(v.string(), "Key of a row's messages."), "messages"),
  textFeature: v.optional(setting(v.string(), "Key of a row's text."), "text"),
  compat: v.optional(setting(v.picklist(["mdp", "mlx-lm"]), "Whose rules for batches, padding and loss hold."), "mdp"),
  maxGradNorm: v.optional(setting(v.pipe(v.number(), v.minValue(0)), "Clip gradients to this norm; 0 does not."), 0),
  earlyStopping: v.optional(setting(count(0), "Validations without a better loss that end the run; 0: none do."), 0),
  loraRank: v.optional(setting(count(1), "Rank of the low-rank pair."), 8),
  loraScale: v.optional(setting(v.number(), "Factor of the low-rank product, used as it is."), 20),
  loraDropout: v.optional(
    setting(v.pipe(v.number(), v.minValue(0), v.maxValue(0.999)), "Share of inputs dropped before the pair."),
    0,
  ),
  loraKeys: v.optional(setting(v.array(v.string()), "Layers of a block that get a pair; by default all.")),
});
export type TrainSettings = v.InferOutput<typeof TrainSettings>;
