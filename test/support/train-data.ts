/** Rows to train on, in the kinds that mlx-lm reads, and runs of both programs on them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { loadSettings } from "../../src/config/load.ts";
import { type TrainReport, type TrainRequest, train } from "../../src/pipelines/train.ts";
import { openChatTemplate } from "../../src/tokenizers/chat-template-files.ts";
import { openTokenizer } from "../../src/tokenizers/open.ts";
import { TrainSettings } from "../../src/train/config.ts";
import type { TrainDataOptions } from "../../src/train/data/index.ts";
import { type Metrics, readMetrics } from "../../src/train/metrics.ts";
import { sameLibrary } from "./mlx-lm-adapters.ts";

const sentence = (i: number) =>
  `the quick brown fox number ${i} jumps over lazy dog ${(i * 7) % 13}${" and then says hello world".repeat(i % 4)}`;

const kinds = {
  text: (i: number) => ({ text: sentence(i) }),
  completions: (i: number) => ({ prompt: `fox number ${i}?`, completion: sentence(i) }),
  chat: (i: number) => ({
    messages: [
      { role: "user", content: `fox number ${i}?` },
      { role: "assistant", content: sentence(i) },
    ],
  }),
  tools: (i: number) => ({
    messages: [
      { role: "system", content: "You count foxes." },
      { role: "user", content: `fox number ${i}?` },
      { role: "assistant", content: sentence(i) },
    ],
    tools: [{ type: "function", function: { name: "count", description: `foxes ${i}`, parameters: {} } }],
  }),
};
export type RowKind = keyof typeof kinds;

/** A folder of train.jsonl (64 rows), valid.jsonl and test.jsonl (16 each); with a seventeenth and so on if asked. */
export function writeRows(folder: string, kind: RowKind = "text", more = 0): string {
  mkdirSync(folder, { recursive: true });
  const parts = { train: [0, 64 + more], valid: [64, 80], test: [80, 96] } as const;
  for (const [name, [from, to]] of Object.entries(parts)) {
    const rows = Array.from({ length: to - from }, (_, i) => JSON.stringify(kinds[kind](from + i)));
    writeFileSync(join(folder, `${name}.jsonl`), `${rows.join("\n")}\n`);
  }
  return folder;
}

/** Runs the pipeline with settings as the command would. */
export async function trainOn(
  request: Pick<TrainRequest, "model" | "data"> & Partial<TrainRequest>,
  settings: Readonly<Record<string, unknown>>,
): Promise<{ report: TrainReport; metrics: Metrics[] }> {
  const flags = new Map(Object.entries(settings).map(([key, value]) => [`train.${key}`, { value, from: "the test" }]));
  const loaded = await loadSettings({ projectDir: null, flags, env: {} });
  const defaults = { train: true, test: false, resume: false, signal: new AbortController().signal };
  const report = await train({ ...defaults, ...request, settings: loaded.settings.train });
  return { report, metrics: readMetrics(join(report.adapterPath, "metrics.jsonl")) };
}

export interface MlxLmRun {
  name: string;
  /** Command line of `mlx_lm.lora`. */
  args: readonly string[];
  /** Keys of its settings file. */
  config?: Readonly<Record<string, unknown>>;
}

export interface MlxLmLosses {
  name: string;
  train: [step: number, loss: number, rate: number, tokens: number][];
  val: [step: number, loss: number][];
  test: number[];
}

/** Trains with mlx-lm, on our build of MLX; all runs in one process. */
export function mlxLmLosses(runs: readonly MlxLmRun[]): Promise<MlxLmLosses[]> {
  return sameLibrary<MlxLmLosses>("test/parity/train_losses.py", runs);
}

/** What `openTrainData` is given for a model's folder: one process, the default settings but for those given. */
export async function dataOptions(
  model: string,
  dir: string,
  settings: Partial<TrainSettings> = {},
): Promise<TrainDataOptions> {
  return {
    dir,
    tokenizer: await openTokenizer(model),
    eos: undefined,
    vocabSize: 100_000,
    chatTemplate: () => openChatTemplate(model),
    settings: { ...v.parse(TrainSettings, {}), ...settings },
    rank: 0,
    world: 1,
  };
}
