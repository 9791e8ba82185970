/** The folder of a reranker: a sequence classifier with one label, or a decoder that answers yes or no. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { type ClassifierFolder, readClassifierFolder } from "./classifier-folder.ts";
import { readJson, readOptionalJson } from "./json.ts";
import { encoderWeightFiles } from "./weight-files.ts";

/** What becomes of the one logit. */
export type RerankActivation = "sigmoid" | "identity";

export type RerankerFolder =
  | { kind: "classifier"; classifier: ClassifierFolder; activation: RerankActivation }
  | { kind: "yes-no"; config: unknown; configPath: string; weightFiles: string[]; maxTokens: number };

const Config = v.looseObject({
  model_type: v.string(),
  max_position_embeddings: v.nullish(v.number()),
  _name_or_path: v.optional(v.string()),
  sentence_transformers: v.nullish(v.looseObject({ activation_fn: v.nullish(v.string()) })),
  sbert_ce_default_activation_function: v.nullish(v.string()),
});
const SentenceTransformers = v.looseObject({ activation_fn: v.nullish(v.string()) });
const TokenizerConfig = v.object({ model_max_length: v.nullish(v.number()) });
const Modules = v.array(v.looseObject({ type: v.string() }));

/** Tokens that the model's card gives Qwen's rerankers. */
const QWEN_TOKENS = 8192;

/** @param name how the user called the model. @throws MdpError `model-unsupported` for what is no reranker */
export async function readRerankerFolder(dir: string, name = basename(dir)): Promise<RerankerFolder> {
  const configPath = join(dir, "config.json");
  const config = await readJson(configPath, Config);
  if (config.model_type === "qwen3") return readYesNo(dir, name, config, configPath);
  const classifier = await readClassifierFolder(dir);
  if (classifier.labels.length !== 1) {
    throw new MdpError({
      code: "model-unsupported",
      message: `a reranker gives one score, this model has ${classifier.labels.length} labels`,
      where: configPath,
      hint: "take a cross-encoder that was trained for ranking",
    });
  }
  return { kind: "classifier", classifier, activation: await readActivation(dir, config, configPath) };
}

/** The name, with or without its organisation, is that of a decoder that was trained to answer yes or no. */
export function isYesNoName(name: string): boolean {
  return /^Qwen3-Reranker-/i.test(name.split("/").at(-1)!);
}

async function readYesNo(dir: string, name: string, config: v.InferOutput<typeof Config>, configPath: string) {
  const modules = await readOptionalJson(join(dir, "modules.json"), Modules);
  const names = [name, basename(dir), config._name_or_path ?? ""];
  const isReranker = modules?.some(({ type }) => type.endsWith(".LogitScore")) || names.some(isYesNoName);
  if (!isReranker) {
    throw new MdpError({
      code: "model-unsupported",
      message:
        "nothing says that this decoder is a reranker: neither its name (Qwen3-Reranker-…) nor a LogitScore module",
      where: existsSync(join(dir, "modules.json")) ? join(dir, "modules.json") : configPath,
      hint: "name the folder as the original model, or take a cross-encoder",
    });
  }
  const limit = (await readOptionalJson(join(dir, "tokenizer_config.json"), TokenizerConfig))?.model_max_length;
  return {
    kind: "yes-no" as const,
    config,
    configPath,
    weightFiles: await encoderWeightFiles(dir),
    maxTokens: Math.min(QWEN_TOKENS, limit ?? QWEN_TOKENS, config.max_position_embeddings ?? QWEN_TOKENS),
  };
}

/** In the order of sentence-transformers' CrossEncoder: its own file, the key of `config.json`, the key of versions before 4. */
async function readActivation(
  dir: string,
  config: v.InferOutput<typeof Config>,
  configPath: string,
): Promise<RerankActivation> {
  const path = join(dir, "config_sentence_transformers.json");
  const file = await readOptionalJson(path, SentenceTransformers);
  const named =
    file?.activation_fn ?? config.sentence_transformers?.activation_fn ?? config.sbert_ce_default_activation_function;
  if (!named) return "sigmoid";
  const kind = named.split(".").at(-1)!.toLowerCase();
  if (kind === "sigmoid" || kind === "identity") return kind;
  throw new MdpError({
    code: "model-unsupported",
    message: `the activation ${named} of a reranker is not supported`,
    where: file?.activation_fn ? path : configPath,
    hint: "supported: Sigmoid and Identity",
  });
}
