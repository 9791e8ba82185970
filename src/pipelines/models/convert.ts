/** `model convert`, `quantize` and `dequantize`: a model's folder becomes another one. */
import { type ConvertRequest, convertModel } from "../../models/convert/convert.ts";
import { readLayerRules } from "../../models/convert/layer-rules.ts";
import type { Mode } from "../../models/convert/modes.ts";
import { type RecipeName, recipeNames } from "../../models/convert/recipes.ts";
import type { SaveReport } from "../../models/convert/save-model.ts";
import { isGguf, withModelFolder } from "../gguf.ts";

export type { SaveReport } from "../../models/convert/save-model.ts";

export interface ConvertModelRequest extends Omit<ConvertRequest, "dir" | "name" | "quantize"> {
  /** A name, a hub id, a folder, or a GGUF file. */
  model: string;
  quantize?: QuantizeChoice | undefined;
}

export interface QuantizeChoice {
  mode?: Mode | undefined;
  groupSize?: number | undefined;
  bits?: number | undefined;
  /** A recipe's name, or a file with rules for single layers. */
  predicate?: string | undefined;
}

/** @throws MdpError and UsageError as `convertModel` */
export async function convertFoundModel({ model, quantize, ...request }: ConvertModelRequest): Promise<SaveReport> {
  const choice = quantize && (await withPredicate(quantize));
  // Blocks of a GGUF file stay packed where nothing else is asked for, and are unpacked exactly on the way.
  const { dequantize = false } = request;
  const keepQuantized = !quantize && !dequantize;
  return withModelFolder(model, { out: request.out, keepQuantized, signal: request.signal }, (dir) =>
    convertModel({ ...request, dir, name: model, quantize: choice, dequantize: dequantize && !isGguf(model) }),
  );
}

async function withPredicate({ predicate, ...sizes }: QuantizeChoice): Promise<ConvertRequest["quantize"]> {
  if (predicate === undefined) return sizes;
  const recipe = recipeNames.find((name): name is RecipeName => name === predicate);
  return recipe ? { ...sizes, recipe } : { ...sizes, layers: await readLayerRules(predicate) };
}
