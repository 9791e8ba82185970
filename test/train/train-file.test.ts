/** Goal: mlx-lm's settings file means here what it means there, and mistakes in it are named. */
import { describe, expect, test } from "bun:test";
import type { ConfigError } from "../../src/config/problems.ts";
import { parseTrainFile } from "../../src/train/train-file.ts";

/** Every key that mlx-lm knows, in its own form. */
const WHOLE = `
model: "models/tiny"
train: true
test: false
fine_tune_type: dora
optimizer: adamw
optimizer_config:
  adamw:
    betas: [0.9, 0.98]
    weight_decay: 1e-2
data: "rows"
seed: 7
num_layers: 8
batch_size: 2
iters: 100
val_batches: -1
learning_rate: 1e-5
report_to: wandb
project_name: mine
steps_per_report: 5
steps_per_eval: 50
resume_adapter_file: null
adapter_path: "out"
save_every: 25
test_batches: 10
max_seq_length: 1024
grad_checkpoint: true
grad_accumulation_steps: 2
clear_cache_threshold: 500MB
mask_prompt: true
trust_remote_code: true
config: null
hf_dataset: null
lora_parameters:
  keys: ["self_attn.q_proj", "self_attn.v_proj"]
  rank: 4
  scale: 10.0
  dropout: 0.05
lr_schedule:
  name: cosine_decay
  warmup: 10
  warmup_init: 1e-7
  arguments: [1e-5, 1000, "1e-7"]
`;

function problemsOf(text: string): ConfigError {
  try {
    parseTrainFile("c.yaml", text);
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error("no problem was found");
}

describe("a settings file of mlx-lm", () => {
  test("gives every setting its value, numbers such as 1e-5 among them", () => {
    const { settings, ...rest } = parseTrainFile("c.yaml", WHOLE);
    expect(Object.fromEntries([...settings].map(([path, { value }]) => [path, value]))).toEqual({
      "train.fineTuneType": "dora",
      "train.optimizer": "adamw",
      "train.optimizerConfig": '{"adamw":{"betas":[0.9,0.98],"weight_decay":0.01}}',
      "train.seed": 7,
      "train.numLayers": 8,
      "train.batchSize": 2,
      "train.iters": 100,
      "train.valBatches": -1,
      "train.learningRate": 0.00001,
      "train.stepsPerReport": 5,
      "train.stepsPerEval": 50,
      "train.adapterPath": "out",
      "train.saveEvery": 25,
      "train.testBatches": 10,
      "train.maxSeqLength": 1024,
      "train.gradCheckpoint": true,
      "train.gradAccumulationSteps": 2,
      "train.clearCacheThresholdBytes": 500_000_000,
      "train.maskPrompt": true,
      "train.loraKeys": ["self_attn.q_proj", "self_attn.v_proj"],
      "train.loraRank": 4,
      "train.loraScale": 10,
      "train.loraDropout": 0.05,
      "train.lrSchedule": "cosine_decay",
      "train.warmup": 10,
      "train.warmupInit": 1e-7,
      "train.lrScheduleArguments": [1e-5, 1000, 1e-7],
    });
    expect(rest).toEqual({
      model: "models/tiny",
      data: "rows",
      train: true,
      test: false,
      notes: ["reports go to metrics.jsonl alone, report_to is not followed", "project_name is not used"],
    });
  });

  test("may hold settings of ours, in either spelling", () => {
    const { settings } = parseTrainFile("c.yaml", "max_grad_norm: 1\nearlyStopping: 3\ncompat: mlx-lm\n");
    expect([...settings]).toEqual([
      ["train.maxGradNorm", { value: 1, from: "c.yaml:1" }],
      ["train.earlyStopping", { value: 3, from: "c.yaml:2" }],
      ["train.compat", { value: "mlx-lm", from: "c.yaml:3" }],
    ]);
  });

  test("names every unknown key with its line and what was probably meant", () => {
    const { problems } = problemsOf("itres: 3\nlora_parameters:\n  rank: 8\n  alpha: 16\n");
    expect(problems).toEqual([
      { key: "itres", message: 'unknown key "itres"', where: "c.yaml:1", hint: 'did you mean "iters"?' },
      {
        key: "lora_parameters.alpha",
        message: 'lora_parameters has no "alpha"',
        where: "c.yaml:2",
        hint: "write scale, which is alpha divided by the rank; known: rank, scale, dropout, keys",
      },
    ]);
  });

  test("may say that it names no data set of the hub", () => {
    expect(parseTrainFile("c.yaml", "hf_dataset: false\niters: 3\n").settings.size).toBe(1);
  });

  test("is refused where it names a data set of the hub", () => {
    expect(problemsOf("hf_dataset:\n  path: billsum\n").message).toBe(
      "data sets of the Hugging Face hub are not supported",
    );
  });
});
