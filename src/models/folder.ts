/**
 * A sentence-transformers folder: how its model turns tokens into one vector. Read in the order in which
 * sentence-transformers decides; what no file says comes from `families.ts`, or is an error that names the file.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { type Family, familyOf } from "./families.ts";
import { readJson, readOptionalJson } from "./json.ts";
import { positionsOf } from "./positions.ts";
import { readSentenceModules, type SentenceModules, transformerFolder } from "./sentence-modules.ts";
import { encoderWeightFiles } from "./weight-files.ts";

export interface ModelFolder extends Omit<SentenceModules, "transformer"> {
  dir: string;
  modelType: string;
  /** The contents of `config.json`. */
  config: unknown;
  configPath: string;
  /** One file or several parts. */
  weightFiles: string[];
  tokenizerPath: string;
  /** Tokens of a text, special tokens counted; the rest is cut. */
  maxTokens: number;
  queryPrefix: string;
  documentPrefix: string;
  /** The family or the model's card says that the first numbers of a vector are a vector of their own. */
  matryoshka: boolean;
}

const SentenceBert = v.looseObject({
  max_seq_length: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1))),
  do_lower_case: v.optional(v.literal(false, "lower case before the tokenizer is not supported")),
  transformer_task: v.optional(v.literal("feature-extraction", "the model gives no vectors")),
});
const Prompts = v.object({
  prompts: v.nullish(v.record(v.string(), v.nullable(v.string())), {}),
  default_prompt_name: v.nullish(v.string()),
});
const ModelConfig = v.looseObject({
  model_type: v.string(),
  _name_or_path: v.optional(v.string()),
  max_position_embeddings: v.nullish(v.number()),
  n_positions: v.nullish(v.number()),
  pad_token_id: v.nullish(v.number()),
});
const TokenizerConfig = v.object({ model_max_length: v.nullish(v.number()) });

/** `name` is how the user called the model; it helps to tell the family. */
export async function readModelFolder(dir: string, name = basename(dir)): Promise<ModelFolder> {
  const own = await transformerFolder(dir);
  const configPath = join(own, "config.json");
  const config = await readJson(configPath, ModelConfig);
  const family = familyOf(name, basename(dir), config._name_or_path);
  const { transformer: _, ...modules } = await readSentenceModules(dir, family);
  return {
    dir,
    modelType: config.model_type,
    config,
    configPath,
    weightFiles: await encoderWeightFiles(own),
    tokenizerPath: existing(own, "tokenizer.json", "save the model with a fast tokenizer"),
    ...modules,
    maxTokens: await readMaxTokens(own, positionsOf(config), family),
    ...(await readPrefixes(dir, family)),
    matryoshka: family?.matryoshka ?? cardNames(dir, /matryoshka/i),
  };
}

function existing(dir: string, file: string, hint: string): string {
  const path = join(dir, file);
  if (existsSync(path)) return path;
  throw new MdpError({ code: "model-incomplete", message: `the model has no ${file}`, where: path, hint });
}

/**
 * `sentence_bert_config.json` wins over the tokenizer's own limit, which is often another one; newer ones leave the
 * number to the tokenizer.
 */
async function readMaxTokens(dir: string, positions: number | undefined, family: Family | undefined): Promise<number> {
  const path = join(dir, "sentence_bert_config.json");
  const file = await readOptionalJson(path, SentenceBert);
  const stated = file?.max_seq_length ?? (file?.transformer_task ? undefined : family?.maxTokens);
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

function cardNames(dir: string, what: RegExp): boolean {
  const path = join(dir, "README.md");
  return existsSync(path) && what.test(readFileSync(path, "utf8"));
}
