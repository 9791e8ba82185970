/** Goal: in mlx-lm's mode every loss, rate and count is mlx-lm's, and the trained arrays are the same bits. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as mx from "../../src/mlx/index.ts";
import { parseTrainFile } from "../../src/train/train-file.ts";
import type { TinyArchitecture } from "../support/tiny-models.ts";
import { tinyModel } from "../support/tiny-models.ts";
import {
  type MlxLmLosses,
  type MlxLmRun,
  mlxLmLosses,
  type RowKind,
  trainOn,
  writeRows,
} from "../support/train-data.ts";
import { TempFolder } from "../support/train-runs.ts";

/** A run of both programs: mlx-lm's settings, in its own names, beside those that all share. */
interface Row {
  config?: Record<string, unknown>;
  model?: TinyArchitecture;
  quantized?: boolean;
  data?: RowKind;
  /** The run whose adapter it begins with. */
  from?: string;
  /** The largest difference of a loss. */
  within?: number;
  /** Trained arrays are not the same bits, as one of the programs adds up in another order. */
  inexact?: boolean;
}

const shared = {
  train: true,
  test: true,
  iters: 20,
  steps_per_report: 1,
  steps_per_eval: 10,
  val_batches: -1,
  test_batches: -1,
  batch_size: 4,
  num_layers: -1,
  learning_rate: 1e-3,
  save_every: 100,
  seed: 0,
};

const rows: Record<string, Row> = {
  lora: {},
  dora: { config: { fine_tune_type: "dora" } },
  full: { config: { fine_tune_type: "full" } },
  "lora on the last block": { config: { num_layers: 1, seed: 3 } },
  "lora on some layers": {
    config: { lora_parameters: { rank: 4, scale: 10, dropout: 0, keys: ["self_attn.q_proj", "mlp.up_proj"] } },
  },
  qlora: { quantized: true },
  "qlora with dora": { quantized: true, config: { fine_tune_type: "dora" } },
  adamw: { config: { optimizer: "adamw", optimizer_config: { adamw: { weight_decay: 0.1, bias_correction: true } } } },
  muon: { config: { optimizer: "muon" } },
  sgd: { config: { optimizer: "sgd", optimizer_config: { sgd: { momentum: 0.9 } } } },
  adafactor: { config: { optimizer: "adafactor" } },
  "accumulated batches": { config: { grad_accumulation_steps: 4 } },
  dropout: { config: { lora_parameters: { rank: 8, scale: 20, dropout: 0.1 } } },
  "cosine with warm-up": {
    // The cosine is computed here in float64 and rounded, there in float32.
    inexact: true,
    config: { lr_schedule: { name: "cosine_decay", warmup: 5, warmup_init: 1e-5, arguments: [1e-3, 20, 1e-5] } },
  },
  "from an adapter": { config: { learning_rate: 1e-4 }, from: "lora" },
  completions: { data: "completions" },
  "completions with mask-prompt": { data: "completions", config: { mask_prompt: true } },
  "chat with mask-prompt": { data: "chat", config: { mask_prompt: true } },
  "short rows": { config: { max_seq_length: 24, batch_size: 3 } },
  qwen2: { model: "qwen2" },
  qwen3: { model: "qwen3" },
  phi3: { model: "phi3" },
  gemma: { model: "gemma" },
  gemma2: { model: "gemma2" },
  gemma3_text: { model: "gemma3_text" },
  mistral: { model: "mistral" },
  smollm3: { model: "smollm3" },
  phi: { model: "phi" },
  qwen3_moe: { model: "qwen3_moe" },
  mixtral: { model: "mixtral" },
  // Last: mlx-lm changes the class of the layers for good.
  "checkpoints of layers": { config: { grad_checkpoint: true } },
};

/** Of these mlx-lm loads what we trained. */
const loaded = ["lora", "dora", "full"];

const folder = new TempFolder();
const testLosses = new Map<string, number>();
const expected = new Map<string, MlxLmLosses>();
const models = new Map<string, string>();
const pathOf = (kind: string, name: string) => join(folder.path, kind, name.replaceAll(" ", "-"));

beforeAll(async () => {
  for (const kind of ["text", "completions", "chat"] as const) writeRows(pathOf("data", kind), kind);
  const runs: MlxLmRun[] = [];
  for (const [name, row] of Object.entries(rows)) {
    const quantize = row.quantized ? { quantize: { q_bits: 4, q_group_size: 64 } } : {};
    models.set(name, await tinyModel(row.model ?? "llama", quantize));
    const [model, data, adapter_path] = [models.get(name), pathOf("data", row.data ?? "text"), pathOf("theirs", name)];
    runs.push({ name, args: [], config: { ...configOf(row), model, data, adapter_path } });
  }
  for (const name of loaded) {
    testLosses.set(name, (await ours(name, rows[name]!)).report.test!.loss);
    const [model, data, adapter_path] = [models.get(name), pathOf("data", "text"), pathOf("ours", name)];
    const config = { ...shared, train: false, model, data, adapter_path };
    runs.unshift({ name: `loads ${name}`, args: [], config });
  }
  for (const losses of await mlxLmLosses(runs)) expected.set(losses.name, losses);
}, 300_000);
afterAll(() => folder[Symbol.dispose]());

describe("in mlx-lm's mode", () => {
  test.each(Object.entries(rows))("%s", async (name, row) => {
    const theirs = expected.get(name)!;
    const { report, metrics } = await ours(name, row);
    const within = row.within ?? 1e-5;
    const train = metrics.filter((entry) => entry.kind === "train");
    expect(train.map(({ step, trained_tokens }) => [step, trained_tokens])).toEqual(
      theirs.train.map(([step, , , tokens]) => [step, tokens]),
    );
    for (const [i, [, loss, rate]] of theirs.train.entries()) {
      expect(Math.abs(train[i]!.loss - loss)).toBeLessThanOrEqual(within);
      expect(Math.abs(train[i]!.learning_rate - rate)).toBeLessThanOrEqual(1e-9);
    }
    const validations = metrics.filter((entry) => entry.kind === "val");
    expect(validations.map(({ step }) => step)).toEqual(theirs.val.map(([step]) => step));
    for (const [i, [, loss]] of theirs.val.entries()) {
      expect(Math.abs(validations[i]!.loss - loss)).toBeLessThanOrEqual(within);
    }
    expect(Math.abs(report.test!.loss - theirs.test[0]!)).toBeLessThanOrEqual(within);
    if (!row.inexact) expect(differences(name)).toEqual([]);
  });

  test.each(loaded)("mlx-lm loads the adapter of %s and measures the loss that we do", (name) => {
    expect(Math.abs(expected.get(`loads ${name}`)!.test[0]! - testLosses.get(name)!)).toBeLessThanOrEqual(1e-5);
  });

  test("adapters.safetensors is the same file", () => {
    const [a, b] = ["ours", "theirs"].map((kind) => readFileSync(join(pathOf(kind, "lora"), "adapters.safetensors")));
    expect(a!.equals(b!)).toBe(true);
  });
});

function configOf({ config, from }: Row) {
  const start = from ? { resume_adapter_file: join(pathOf("theirs", from), "adapters.safetensors") } : {};
  return { ...shared, ...config, ...start };
}

async function ours(name: string, row: Row) {
  const file = parseTrainFile("the test", Bun.YAML.stringify(configOf(row)));
  const settings = Object.fromEntries(
    [...file.settings].map(([path, { value }]) => [path.replace("train.", ""), value]),
  );
  return trainOn(
    { model: models.get(name)!, data: pathOf("data", row.data ?? "text"), test: true },
    { ...settings, adapterPath: pathOf("ours", name), compat: "mlx-lm" },
  );
}

/** Paths of the arrays that are not the same bits. */
function differences(name: string): string[] {
  return mx.tidy(() => {
    const [a, b] = ["ours", "theirs"].map(
      (kind) => mx.loadSafetensors(join(pathOf(kind, name), "adapters.safetensors")).tensors,
    );
    expect([...a!.keys()].sort()).toEqual([...b!.keys()].sort());
    return [...a!].filter(([path, array]) => !mx.arrayEqual(array, b!.get(path)!).item()).map(([path]) => path);
  });
}
