/**
 * A sentence-transformers folder: how its model turns tokens into one vector. Read in the order in which
 * sentence-transformers decides; what no file says comes from `families.ts`, or is an error that names the file.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { type Pooling, poolings } from "../mlx/nn/pooling.ts";
import { type Family, familyOf } from "./families.ts";
import { readJson, readOptionalJson } from "./json.ts";

export interface ModelFolder {
  dir: string;
  modelType: string;
  /** The contents of `config.json`. */
  config: unknown;
  configPath: string;
  weightsPath: string;
  tokenizerPath: string;
  pooling: Pooling;
  normalize: boolean;
  /** Tokens of a text, special tokens counted; the rest is cut. */
  maxTokens: number;
  queryPrefix: string;
  documentPrefix: string;
}

const Modules = v.pipe(
  v.array(v.object({ path: v.string(), type: v.string() })),
  v.check(
    (modules) =>
      kinds(modules).every((kind, i) => kind === ["Transformer", "Pooling", "Normalize"][i]) && modules.length >= 2,
    "only Transformer, Pooling and Normalize in this order are supported",
  ),
);
type Modules = v.InferOutput<typeof Modules>;

/** `sentence_transformers.models.Pooling` and its later spellings. */
function kinds(modules: readonly { type: string }[]): string[] {
  return modules.map(({ type }) => type.split(".").at(-1)!);
}

const PoolingFile = v.looseObject({
  pooling_mode: v.optional(v.string()),
  include_prompt: v.optional(v.literal(true, "pooling without the prompt is not supported")),
});
const SentenceBert = v.object({
  max_seq_length: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1))),
  do_lower_case: v.optional(v.literal(false, "lower case before the tokenizer is not supported")),
});
const Prompts = v.object({
  prompts: v.nullish(v.record(v.string(), v.nullable(v.string())), {}),
  default_prompt_name: v.nullish(v.string()),
});
const ModelConfig = v.looseObject({
  model_type: v.string(),
  _name_or_path: v.optional(v.string()),
  max_position_embeddings: v.optional(v.number()),
});
const TokenizerConfig = v.object({ model_max_length: v.nullish(v.number()) });

/** `name` is how the user called the model; it helps to tell the family. */
export async function readModelFolder(dir: string, name = basename(dir)): Promise<ModelFolder> {
  const configPath = join(dir, "config.json");
  const config = await readJson(configPath, ModelConfig);
  const family = familyOf(name, basename(dir), config._name_or_path);
  const modules = await readOptionalJson(join(dir, "modules.json"), Modules);
  const { pooling, normalize } = await readPooling(dir, modules, family);
  return {
    dir,
    modelType: config.model_type,
    config,
    configPath,
    weightsPath: existing(dir, "model.safetensors", "convert the model to safetensors"),
    tokenizerPath: existing(dir, "tokenizer.json", "save the model with a fast tokenizer"),
    pooling,
    normalize,
    maxTokens: await readMaxTokens(dir, config.max_position_embeddings, family),
    ...(await readPrefixes(dir, family)),
  };
}

function existing(dir: string, file: string, hint: string): string {
  const path = join(dir, file);
  if (existsSync(path)) return path;
  throw new MdpError({ code: "model-incomplete", message: `the model has no ${file}`, where: path, hint });
}

async function readPooling(dir: string, modules: Modules | undefined, family: Family | undefined) {
  if (!modules) {
    if (family) return { pooling: family.pooling, normalize: family.normalize };
    throw new MdpError({
      code: "model-incomplete",
      message: "the model does not say how token vectors become one vector: it has no modules.json",
      where: join(dir, "modules.json"),
      hint: "take the original sentence-transformers folder instead of a conversion",
    });
  }
  const path = join(dir, modules[1]!.path, "config.json");
  const file = await readJson(path, PoolingFile);
  const chosen = Object.keys(file).filter((key) => key.startsWith("pooling_mode_") && file[key] === true);
  // `pooling_mode_mean_tokens` in older files, `pooling_mode: "mean"` in newer ones.
  const mode = file.pooling_mode ?? chosen.map((key) => key.replace(/^pooling_mode_|_tokens?$/g, "")).join("+");
  const pooling = poolings.find((known) => known === mode);
  if (!pooling) {
    throw new MdpError({
      code: "model-unsupported",
      message: `pooling "${mode}" is not supported`,
      where: path,
      hint: `supported: ${poolings.join(", ")}`,
    });
  }
  return { pooling, normalize: kinds(modules).includes("Normalize") };
}

/** `sentence_bert_config.json` wins over the tokenizer's own limit, which is often another one. */
async function readMaxTokens(dir: string, positions: number | undefined, family: Family | undefined): Promise<number> {
  const path = join(dir, "sentence_bert_config.json");
  const stated = (await readOptionalJson(path, SentenceBert))?.max_seq_length ?? family?.maxTokens;
  if (stated) return Math.min(stated, positions ?? stated);
  const limit = (await readOptionalJson(join(dir, "tokenizer_config.json"), TokenizerConfig))?.model_max_length;
  const known = [limit, positions].filter((value) => typeof value === "number");
  if (known.length > 0) return Math.min(...known);
  throw new MdpError({
    code: "model-incomplete",
    message: "the model does not say how many tokens it takes",
    where: path,
    hint: "add max_seq_length to that file",
  });
}

async function readPrefixes(dir: string, family: Family | undefined) {
  const file = await readOptionalJson(join(dir, "config_sentence_transformers.json"), Prompts);
  const prompts = file?.prompts ?? {};
  if (Object.keys(prompts).length === 0) {
    return { queryPrefix: family?.queryPrefix ?? "", documentPrefix: family?.documentPrefix ?? "" };
  }
  const standard = (file?.default_prompt_name && prompts[file.default_prompt_name]) || "";
  const first = (...names: string[]) => names.map((name) => prompts[name]).find((prompt) => typeof prompt === "string");
  return {
    queryPrefix: first("query") ?? standard,
    documentPrefix: first("document", "passage", "corpus") ?? standard,
  };
}
