/** Reads LoRA adapters of Hugging Face's PEFT: `adapter_model.safetensors` and `adapter_config.json`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import type { LoadedAdapter } from "./adapter.ts";
import { fromPeftName, isBaseWeight } from "./peft-names.ts";
import { levelPairs, plainPattern } from "./peft-patterns.ts";
import { readAdapterConfig } from "./read-config.ts";

const patternName = v.pipe(v.string(), v.regex(plainPattern, "only plain names of layers are supported"));
const pattern = (number: v.GenericSchema<unknown, number>) => v.nullish(v.record(patternName, number), {});
const rank = v.pipe(v.number(), v.integer(), v.minValue(1));
const PeftConfig = v.looseObject({
  peft_type: v.literal("LORA", "only LoRA and DoRA adapters are supported"),
  r: rank,
  lora_alpha: v.number(),
  lora_dropout: v.optional(v.number(), 0),
  use_rslora: v.optional(v.boolean(), false),
  use_dora: v.optional(v.boolean(), false),
  bias: v.optional(v.literal("none", "trained biases are not supported"), "none"),
  fan_in_fan_out: v.optional(v.literal(false, "weights stored as [in, out] are not supported"), false),
  rank_pattern: pattern(rank),
  alpha_pattern: pattern(v.number()),
});

const peftWeights = "adapter_model.safetensors";

/** The adapter of a folder that PEFT wrote; the caller frees its arrays. */
export async function loadPeftAdapter(dir: string): Promise<LoadedAdapter> {
  const config = await readAdapterConfig(join(dir, "adapter_config.json"), PeftConfig);
  const where = join(dir, peftWeights);
  if (!existsSync(where)) {
    throw new MdpError({
      code: "adapter-incomplete",
      message: "the adapter's arrays are missing",
      where,
      hint: "save it from PEFT as safetensors",
    });
  }
  const factors = {
    r: config.r,
    alpha: config.lora_alpha,
    rslora: config.use_rslora,
    rankPattern: config.rank_pattern ?? {},
    alphaPattern: config.alpha_pattern ?? {},
  };
  const layers = new Set<string>();
  const { arrays, ...level } = mx.tidy(() => {
    const found = new Map<string, mx.MlxArray>();
    for (const [name, array] of mx.loadSafetensors(where).tensors) {
      if (isBaseWeight(name)) continue;
      const { path, part } = fromPeftName(name, where);
      layers.add(path);
      found.set(`${path}.${part}`, part === "m" ? mx.reshape(array, [-1]) : mx.contiguous(mx.transpose(array)));
    }
    return { ...levelPairs(found, factors, where), arrays: found };
  });
  const lora = { ...level, dropout: config.lora_dropout, keys: [...layers].sort() };
  return {
    spec: { method: config.use_dora ? "dora" : "lora", numLayers: -1, lora },
    arrays: mx.keep(arrays),
    plainHead: true,
  };
}
