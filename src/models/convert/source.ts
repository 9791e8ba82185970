/** The model that is converted: its configuration, and its tensors, which are read when they are first needed. */
import { join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import type { Decoder } from "../decoder.ts";
import { checkedWeights } from "../decoder-weights.ts";
import { loadDecoderArchitecture } from "../index.ts";
import { readJson } from "../json.ts";
import { checkParts, readAll, weightFiles } from "../load-decoder.ts";
import type { Weights } from "../model.ts";
import { type JsonObject, readRawConfig } from "./config-json.ts";

const SourceConfig = v.looseObject({
  model_type: v.string(),
  torch_dtype: v.nullish(v.string()),
  text_config: v.nullish(v.looseObject({ dtype: v.nullish(v.string()) })),
  quantization: v.nullish(v.record(v.string(), v.unknown())),
  quantization_config: v.nullish(v.looseObject({ quant_method: v.optional(v.string()) })),
});

export interface Source {
  dir: string;
  modelType: string;
  config: v.InferOutput<typeof SourceConfig>;
  /** The same, with numbers as they are written. */
  raw: JsonObject;
  decoder: Decoder;
  /** Files of weights, in order. */
  files: readonly string[];
}

/** Reads and checks the configuration of a decoder's folder. */
export async function openSource(dir: string): Promise<Source> {
  const configPath = join(dir, "config.json");
  const config = await readJson(configPath, SourceConfig);
  refuseForeignQuantization(config, configPath);
  const factory = await loadDecoderArchitecture(config.model_type, configPath);
  const decoder = factory(config, configPath);
  const files = weightFiles(dir);
  await checkParts(dir, files);
  return { dir, modelType: config.model_type, config, raw: await readRawConfig(dir), decoder, files };
}

/** The model's tensors under MLX's names, checked, none of them read yet; they belong to the `tidy` around. */
export function sourceWeights({ decoder, files, dir }: Source): Weights {
  return checkedWeights(decoder.sanitize(readAll(files)), decoder.shapes(), files.length === 1 ? files[0]! : dir);
}

function refuseForeignQuantization(config: Source["config"], where: string): void {
  const method = config.quantization ? undefined : config.quantization_config?.quant_method;
  if (method === undefined) return;
  throw new MdpError({
    code: "model-unsupported",
    message: `weights quantized by "${method}" cannot be read`,
    where,
    hint: "take the model's original weights, float16 or bfloat16",
  });
}
