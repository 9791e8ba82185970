/** `modules.json` of sentence-transformers: what happens to a model's tokens until they are one vector. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { allInOrder } from "../core/all-in-order.ts";
import { MdpError } from "../core/errors.ts";
import { type Pooling, poolings } from "../mlx/nn/pooling.ts";
import type { Family } from "./families.ts";
import { readJson, readOptionalJson } from "./json.ts";

/** A dense step on the pooled vector. */
export interface DenseModule {
  weightsPath: string;
  inputs: number;
  outputs: number;
  bias: boolean;
  activation: DenseActivation;
}

export const denseActivations = ["identity", "tanh", "relu", "gelu", "sigmoid"] as const;
export type DenseActivation = (typeof denseActivations)[number];

export interface SentenceModules {
  /** Folder of the transformer's own files. */
  transformer: string;
  pooling: Pooling;
  /** The tokens of the prompt take part in the pooling. */
  includePrompt: boolean;
  dense: DenseModule[];
  normalize: boolean;
}

const ORDER = /^Transformer Pooling( Dense)*( Normalize)?$/;
const Modules = v.pipe(
  v.array(v.object({ path: v.string(), type: v.string() })),
  v.check(
    (modules) => ORDER.test(kinds(modules).join(" ")),
    "only Transformer, Pooling, Dense and Normalize in this order are supported",
  ),
);

/** `sentence_transformers.models.Pooling` and its later spellings. */
function kinds(modules: readonly { type: string }[]): string[] {
  return modules.map(({ type }) => type.split(".").at(-1)!);
}

const PoolingFile = v.looseObject({
  pooling_mode: v.optional(v.union([v.string(), v.array(v.string())])),
  include_prompt: v.optional(v.boolean(), true),
});
const onVectors = v.optional(v.literal("sentence_embedding", "only dense steps on the pooled vector are supported"));
const DenseFile = v.looseObject({
  in_features: v.pipe(v.number(), v.integer(), v.minValue(1)),
  out_features: v.pipe(v.number(), v.integer(), v.minValue(1)),
  bias: v.optional(v.boolean(), true),
  activation_function: v.optional(v.string(), "torch.nn.modules.activation.Tanh"),
  module_input_name: onVectors,
  module_output_name: onVectors,
  use_residual: v.optional(v.literal(false, "a dense step beside its input is not supported")),
});

/** What `modules.json` and the files of its modules say; `family` stands in for what is missing, else it is an error. */
export async function readSentenceModules(dir: string, family: Family | undefined): Promise<SentenceModules> {
  const modules = await readOptionalJson(join(dir, "modules.json"), Modules);
  if (!modules) return ofFamily(dir, family);
  const transformer = join(dir, modules[0]!.path);
  const named = kinds(modules);
  const pooling = await readPooling(join(dir, modules[1]!.path, "config.json"), family);
  const dense = modules.filter((_, index) => named[index] === "Dense").map(({ path }) => readDense(join(dir, path)));
  return { transformer, ...pooling, dense: await allInOrder(dense), normalize: named.includes("Normalize") };
}

/** Folder of the transformer's files, which older models keep apart. */
export async function transformerFolder(dir: string): Promise<string> {
  const modules = await readOptionalJson(join(dir, "modules.json"), Modules);
  return modules?.[0] ? join(dir, modules[0].path) : dir;
}

async function ofFamily(dir: string, family: Family | undefined): Promise<SentenceModules> {
  if (!family) {
    throw new MdpError({
      code: "model-incomplete",
      message: "the model does not say how token vectors become one vector: it has no modules.json",
      where: join(dir, "modules.json"),
      hint: "take the original sentence-transformers folder instead of a conversion",
    });
  }
  const dense = await allInOrder((family.dense ?? []).map((path) => readDense(join(dir, path))));
  return { transformer: dir, pooling: family.pooling, includePrompt: true, dense, normalize: family.normalize };
}

async function readPooling(path: string, family: Family | undefined) {
  // Conversions often keep modules.json and lose the folders beside it.
  if (!existsSync(path) && family) return { pooling: family.pooling, includePrompt: true };
  const file = await readJson(path, PoolingFile);
  const chosen = Object.keys(file).filter((key) => key.startsWith("pooling_mode_") && file[key] === true);
  // `pooling_mode_mean_tokens` in older files, `pooling_mode: "mean"` in newer ones.
  const older = chosen.map((key) => key.replace(/^pooling_mode_/, "").replace(/(?<!len)_tokens?$/, ""));
  const mode = typeof file.pooling_mode === "string" ? file.pooling_mode : (file.pooling_mode ?? older).join("+");
  const pooling = poolings.find((known) => known === mode);
  if (pooling) return { pooling, includePrompt: file.include_prompt };
  throw new MdpError({
    code: "model-unsupported",
    message: `pooling "${mode}" is not supported`,
    where: path,
    hint: `supported: ${poolings.join(", ")}`,
  });
}

async function readDense(dir: string): Promise<DenseModule> {
  const path = join(dir, "config.json");
  const file = await readJson(path, DenseFile);
  const name = file.activation_function.split(".").at(-1)!.toLowerCase();
  const activation = denseActivations.find((known) => known === name);
  if (!activation) {
    throw new MdpError({
      code: "model-unsupported",
      message: `the activation ${file.activation_function} of a dense step is not supported`,
      where: path,
      hint: `supported: ${denseActivations.join(", ")}`,
    });
  }
  const weightsPath = join(dir, "model.safetensors");
  if (!existsSync(weightsPath)) {
    throw new MdpError({
      code: "model-incomplete",
      message: "a dense step of the model has no model.safetensors",
      where: weightsPath,
      hint: "convert the model to safetensors",
    });
  }
  return { weightsPath, inputs: file.in_features, outputs: file.out_features, bias: file.bias, activation };
}
