/** The file of `--config`: mlx-lm's `lora_config.yaml` as it is, and our own settings beside its keys. */
import { type Field, fieldsOf } from "../config/fields.ts";
import type { Given } from "../config/load.ts";
import { ConfigError, type Problem } from "../config/problems.ts";
import { fromText } from "../config/values.ts";
import { MdpError, messageOf, UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";

export interface TrainFile {
  /** Settings by `train.key`. */
  settings: ReadonlyMap<string, Given>;
  model?: string;
  data?: string;
  train?: boolean;
  test?: boolean;
  /** What the file asks for that is not done here, each a sentence. */
  notes: string[];
}

/** Settings that stand one level deeper in mlx-lm's file. */
const nested: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lora_parameters: { rank: "loraRank", scale: "loraScale", dropout: "loraDropout", keys: "loraKeys" },
  lr_schedule: {
    name: "lrSchedule",
    arguments: "lrScheduleArguments",
    warmup: "warmup",
    warmup_init: "warmupInit",
  },
};
/** mlx-lm's names that are not our keys in another spelling. */
const renamed: Readonly<Record<string, string>> = { clear_cache_threshold: "clearCacheThresholdBytes" };
/** Keys that are no settings but arguments of the command. */
const texts = ["model", "data"] as const;
const switches = ["train", "test"] as const;
const ignored: Readonly<Record<string, string>> = {
  report_to: "reports go to metrics.jsonl alone, report_to is not followed",
  project_name: "project_name is not used",
  trust_remote_code: "",
  config: "",
};

/** @throws ConfigError with every problem of the file */
export async function readTrainFile(path: string): Promise<TrainFile> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new UsageError(`there is no file ${path}`, "name a YAML file after --config");
  const text = await file.text();
  try {
    return parseTrainFile(path, text);
  } catch (error) {
    if (error instanceof MdpError) throw error;
    throw new UsageError(`not valid YAML: ${messageOf(error)}`, "it has a key, a colon and a value on each line", path);
  }
}

/** The same from a text; `path` names it in errors. */
export function parseTrainFile(path: string, text: string): TrainFile {
  const value: unknown = Bun.YAML.parse(text) ?? {};
  if (!isRecord(value)) throw new UsageError("the file must hold keys and values", undefined, path);
  const settings = new Map<string, Given>();
  const problems: Problem[] = [];
  const result: TrainFile = { settings, notes: [] };
  const whereOf = (key: string) => `${path}:${lineOf(text, key)}`;
  const put = (key: string, name: string, given: unknown) => {
    const field = fields.find((candidate) => candidate.key === name);
    if (!field) problems.push(unknown(key, whereOf(key)));
    else if (given !== null) settings.set(field.path, { value: typedValue(field, given), from: whereOf(key) });
  };
  for (const [key, given] of Object.entries(value)) {
    const inner = nested[key];
    if (key === "hf_dataset") {
      if (given) problems.push(noHubData(whereOf(key)));
    } else if (key in ignored) {
      if (given && ignored[key]) result.notes.push(ignored[key]);
    } else if (texts.some((name) => name === key)) {
      if (given !== null) result[key as (typeof texts)[number]] = String(given);
    } else if (switches.some((name) => name === key)) result[key as (typeof switches)[number]] = given === true;
    else if (key === "optimizer_config") put(key, "optimizerConfig", given && JSON.stringify(given));
    else if (inner && isRecord(given)) {
      for (const [name, own] of Object.entries(given)) {
        if (inner[name]) put(key, inner[name], own);
        else problems.push(unknownPart(key, name, Object.keys(inner), whereOf(key)));
      }
    } else if (!inner) put(key, renamed[key] ?? camelCase(key), given);
    else if (given !== null) problems.push(unknownPart(key, String(given), Object.keys(inner), whereOf(key)));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return result;
}

const fields = fieldsOf(["train"]);

const camelCase = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Numbers in quotes, and sizes such as 500MB, are numbers. */
function typedValue(field: Field, given: unknown): unknown {
  if (typeof given === "string" && field.type !== "string") return fromText(field, given);
  return Array.isArray(given) && field.key === "lrScheduleArguments" ? given.map(Number) : given;
}

function unknown(key: string, where: string): Problem {
  const names = [...fields.map((field) => snakeCase(field.key)), ...Object.keys(nested), ...texts, ...switches];
  const near = closest(key, names);
  const hint = near ? `did you mean "${near}"?` : "mdp train --help lists the settings";
  return { key, message: `unknown key "${key}"`, where, hint };
}

function unknownPart(key: string, name: string, known: readonly string[], where: string): Problem {
  const alpha = name === "alpha" ? "write scale, which is alpha divided by the rank; " : "";
  const message = `${key} has no "${name}"`;
  return { key: `${key}.${name}`, message, where, hint: `${alpha}known: ${known.join(", ")}` };
}

function noHubData(where: string): Problem {
  return {
    key: "hf_dataset",
    message: "data sets of the Hugging Face hub are not supported",
    where,
    hint: "write the rows to train.jsonl and valid.jsonl in a folder, and give it with --data",
  };
}

function lineOf(text: string, key: string): number {
  return text.split("\n").findIndex((line) => line.startsWith(`${key}:`)) + 1;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
