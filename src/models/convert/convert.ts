/** A folder of a model in the hub's layout or MLX's becomes one of MLX: other types, packed or unpacked weights. */
import { UsageError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import type { Weights } from "../model.ts";
import { type JsonObject, writtenConfig } from "./config-json.ts";
import { checkNewModelFolder } from "./new-folder.ts";
import { planQuantization, type QuantizeRequest } from "./plan.ts";
import { type SaveOptions, type SaveReport, saveModel } from "./save-model.ts";
import { openSource, type Source, sourceWeights } from "./source.ts";
import { castWeights, dequantizeWeights, quantizedLayers, quantizeWeights } from "./tensors.ts";

/** Types of the weights that stay plain. */
export const dtypeNames = ["float16", "bfloat16", "float32"] as const;
export type WeightType = (typeof dtypeNames)[number];

export interface ConvertRequest extends SaveOptions {
  /** Folder of the model. */
  dir: string;
  /** By default what `config.json` says under `torch_dtype`, else each weight's own. */
  dtype?: WeightType | undefined;
  quantize?: QuantizeRequest | undefined;
  dequantize?: boolean | undefined;
}

export async function convertModel(request: ConvertRequest): Promise<SaveReport> {
  const { dir, out, overwrite, quantize, dequantize } = request;
  if (quantize && dequantize) throw new UsageError("a model is quantized or dequantized, not both");
  checkNewModelFolder(out, { overwrite, source: dir });
  const source = await openSource(dir);
  const { weights, config } = mx.keep(mx.tidy(() => converted(source, request)));
  return saveModel(source, weights, config, request);
}

function converted(source: Source, request: ConvertRequest): { weights: Weights; config: JsonObject } {
  const { raw } = source;
  const dtype = request.dtype ?? typeOf(source);
  const found = sourceWeights(source);
  const weights = dtype ? castWeights(found, dtype) : found;
  if (request.dequantize) {
    return { weights: dequantizeWeights(weights, source.decoder.shapes()), config: writtenConfig(raw, null) };
  }
  if (!request.quantize) return { weights, config: writtenConfig(raw, undefined) };
  const plan = planQuantization(
    {
      shapes: source.decoder.shapes(),
      modelType: source.modelType,
      numLayers: source.decoder.config.num_hidden_layers,
      before: source.config.quantization,
      quantized: quantizedLayers(weights),
    },
    request.quantize,
  );
  return { weights: quantizeWeights(weights, plan.layers), config: writtenConfig(raw, plan.config) };
}

function typeOf({ config }: Source): WeightType | undefined {
  const stated = config.torch_dtype ?? config.text_config?.dtype;
  return dtypeNames.find((name) => name === stated);
}
