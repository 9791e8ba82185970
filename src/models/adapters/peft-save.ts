/** Writes adapters for Hugging Face's PEFT: `adapter_model.safetensors` and `adapter_config.json`. */
import { UsageError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import type { LoadedAdapter } from "./adapter.ts";
import { fittingLayers, requireOwnHead } from "./apply.ts";
import type { AdaptableLayer, Shapes } from "./choose.ts";
import { peftName } from "./peft-names.ts";
import { saveAdapterConfig, writeArrays } from "./save.ts";

/**
 * @param shapes of the model that the adapter is for
 * @param baseModel its name or path, under which PEFT looks for it
 */
export async function savePeftAdapter(
  dir: string,
  adapter: LoadedAdapter,
  shapes: Shapes,
  baseModel: string,
): Promise<void> {
  const { spec, arrays } = adapter;
  if (spec.method === "full") {
    throw new UsageError("an adapter of whole weights is none for PEFT", "train with the method lora or dora");
  }
  const layers = fittingLayers(shapes, adapter, undefined);
  const odd = layers.find(({ kind }) => kind === "experts" || (kind === "embedding" && spec.method === "dora"));
  if (odd) throw new UsageError(`PEFT has no counterpart for the ${spec.method} pair of ${odd.path}`);
  requireOwnHead(layers, shapes, dir);
  const renamed = mx.tidy(() => {
    const out = new Map<string, mx.MlxArray>();
    for (const { path, kind } of layers) {
      for (const part of ["lora_a", "lora_b", "m"] as const) {
        const array = arrays.get(`${path}.${part}`);
        if (array) out.set(peftName(path, part, kind === "embedding"), mx.contiguous(mx.transpose(array)));
      }
    }
    return out;
  });
  try {
    const { rank, scale, dropout } = spec.lora;
    await saveAdapterConfig(dir, {
      peft_type: "LORA",
      task_type: "CAUSAL_LM",
      base_model_name_or_path: baseModel,
      r: rank,
      lora_alpha: scale * rank,
      lora_dropout: dropout,
      target_modules: targets(layers, shapes),
      use_dora: spec.method === "dora",
      use_rslora: false,
      bias: "none",
      fan_in_fan_out: false,
      inference_mode: true,
    });
    await writeArrays(dir, "adapter_model.safetensors", renamed, [["format", "pt"]]);
  } finally {
    mx.disposeAll(renamed);
  }
}

/** The layers' last names, such as `q_proj`, where these mean no other layers; else their paths. */
function targets(layers: readonly AdaptableLayer[], shapes: Shapes): string[] {
  const leaf = (path: string) => path.slice(path.lastIndexOf(".") + 1);
  const chosen = new Set(layers.map(({ path }) => path));
  const names = new Set(layers.map(({ path }) => leaf(path)));
  const everything = Object.keys(shapes).flatMap((name) => /^(.+)\.weight$/.exec(name)?.[1] ?? []);
  const exact = everything.every((path) => chosen.has(path) || !names.has(leaf(path)));
  return (exact ? [...names] : [...chosen]).sort();
}
