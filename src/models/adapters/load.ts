/** Reads an adapter's folder: mlx-lm's files, or PEFT's. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { type AdapterSpec, type LoadedAdapter, methodNames } from "./adapter.ts";
import { loadPeftAdapter } from "./peft-load.ts";
import { readAdapterConfig } from "./read-config.ts";
import { configName, weightsName } from "./save.ts";

const LoraParametersFile = v.looseObject({
  rank: v.pipe(v.number(), v.integer(), v.minValue(1)),
  scale: v.optional(v.number()),
  dropout: v.optional(v.number(), 0),
  keys: v.nullish(v.array(v.string())),
});
const AdapterFile = v.looseObject({
  fine_tune_type: v.optional(v.picklist(methodNames), "lora"),
  num_layers: v.pipe(v.number(), v.integer()),
  lora_parameters: v.nullish(LoraParametersFile),
});

/** The adapter of a folder; the caller frees its arrays, which are read when they are first used. */
export async function loadAdapter(dir: string): Promise<LoadedAdapter> {
  const configPath = join(dir, configName);
  requireFile(configPath, "the settings of the adapter");
  const config = await readAdapterConfig(configPath, v.looseObject({ peft_type: v.optional(v.string()) }));
  if (config.peft_type !== undefined) return loadPeftAdapter(dir);
  const spec = specOf(await readAdapterConfig(configPath, AdapterFile), configPath);
  return {
    spec,
    arrays: mx.keep(mx.loadSafetensors(requireFile(join(dir, weightsName), "the adapter's arrays")).tensors),
  };
}

function specOf(file: v.InferOutput<typeof AdapterFile>, where: string): AdapterSpec {
  const { fine_tune_type: method, num_layers: numLayers, lora_parameters: lora } = file;
  if (method === "full") return { method, numLayers, lora: { rank: 1, scale: 1, dropout: 0 } };
  if (lora?.scale !== undefined) {
    const { rank, scale, dropout, keys } = lora;
    return { method, numLayers, lora: { rank, scale, dropout, keys: keys ?? undefined } };
  }
  const alpha = lora && "alpha" in lora;
  throw new MdpError({
    code: "adapter-unsupported",
    message: alpha
      ? "lora_parameters has alpha but no scale, and what alpha means differs between programs"
      : `${lora ? "lora_parameters has no scale" : "there are no lora_parameters"}`,
    where,
    hint: alpha ? "write scale, the factor itself: mostly alpha divided by rank" : "train the adapter again",
  });
}

function requireFile(path: string, what: string): string {
  if (existsSync(path)) return path;
  throw new MdpError({
    code: "adapter-incomplete",
    message: `${what} are missing`,
    where: path,
    hint: "name the folder that training wrote",
  });
}
