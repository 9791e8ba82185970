/** The folder of a sequence classifier as transformers saves it: its labels, and how logits become scores. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { classifierArchitectures } from "./classifiers/index.ts";
import { readJson, readOptionalJson } from "./json.ts";
import { positionsOf } from "./positions.ts";
import { encoderWeightFiles } from "./weight-files.ts";

/** How logits become scores: one choice of many, each label by itself, or a mark that stays as it is. */
export type Scoring = "softmax" | "sigmoid" | "regression";

export interface ClassifierFolder {
  name: string;
  modelType: string;
  /** The contents of `config.json`. */
  config: Readonly<Record<string, unknown>>;
  configPath: string;
  /** One file or several parts. */
  weightFiles: string[];
  /** Name of each column of the scores. */
  labels: string[];
  scoring: Scoring;
  /** Tokens of a text, special tokens counted; the rest is cut. */
  maxTokens: number;
}

const Config = v.looseObject({
  model_type: v.string(),
  architectures: v.nullish(v.array(v.string())),
  id2label: v.nullish(v.record(v.string(), v.string())),
  num_labels: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1))),
  problem_type: v.nullish(v.picklist(["regression", "single_label_classification", "multi_label_classification"])),
  max_position_embeddings: v.pipe(v.number(), v.integer(), v.minValue(1)),
  pad_token_id: v.nullish(v.number()),
});
type Config = v.InferOutput<typeof Config>;
const TokenizerConfig = v.object({ model_max_length: v.nullish(v.number()) });

/** Reads and checks `config.json`; the weights stay unread. */
export async function readClassifierFolder(dir: string): Promise<ClassifierFolder> {
  const configPath = join(dir, "config.json");
  if (!existsSync(configPath))
    throw incomplete(dir, "config.json", "name the folder of a model as transformers saves it");
  const config = await readJson(configPath, Config);
  checkKind(config, configPath);
  const labels = readLabels(config, configPath);
  const stated = (await readOptionalJson(join(dir, "tokenizer_config.json"), TokenizerConfig))?.model_max_length;
  return {
    name: basename(dir),
    modelType: config.model_type,
    config,
    configPath,
    weightFiles: await encoderWeightFiles(dir),
    labels,
    scoring: scoringOf(config, labels.length),
    maxTokens: Math.min(stated ?? Number.POSITIVE_INFINITY, positionsOf(config)!),
  };
}

function checkKind({ model_type, architectures }: Config, where: string): void {
  const named = architectures?.join(", ");
  if (named !== undefined && !named.includes("ForSequenceClassification")) {
    throw new MdpError({
      code: "model-unsupported",
      message: `the model is no classifier of texts: its architecture is ${named}`,
      where,
      hint: "take a model whose config.json names an architecture …ForSequenceClassification",
    });
  }
  if (!classifierArchitectures.has(model_type)) {
    throw new MdpError({
      code: "model-unsupported",
      message: `classifiers of the type "${model_type}" are not supported`,
      where,
      hint: `supported: ${classifierArchitectures.names.join(", ")}`,
    });
  }
}

/** `id2label` in the order of its numbers, else `LABEL_0`…, two of them by default, as transformers has it. */
function readLabels({ id2label, num_labels }: Config, where: string): string[] {
  const count = id2label ? Object.keys(id2label).length : (num_labels ?? 2);
  const labels = Array.from({ length: count }, (_, index) => (id2label ? id2label[index] : `LABEL_${index}`));
  const missing = labels.indexOf(undefined);
  if (missing === -1 && count > 0) return labels as string[];
  throw new MdpError({
    code: "model-unsupported",
    message: `id2label has ${count} labels, but none with the number ${Math.max(missing, 0)}`,
    where,
    hint: "number the labels from 0 without gaps",
  });
}

/** The rule of transformers' own text-classification pipeline. */
function scoringOf({ problem_type }: Config, labels: number): Scoring {
  if (problem_type === "regression") return "regression";
  return problem_type === "multi_label_classification" || labels === 1 ? "sigmoid" : "softmax";
}

function incomplete(dir: string, file: string, hint: string): MdpError {
  return new MdpError({ code: "model-incomplete", message: `the model has no ${file}`, where: join(dir, file), hint });
}
