/** `model convert`, `quantize` and `dequantize`: a model's folder becomes another one. */
import { type ConvertRequest, convertModel } from "../../models/convert/convert.ts";
import { readLayerRules } from "../../models/convert/layer-rules.ts";
import type { Mode } from "../../models/convert/modes.ts";
import { type RecipeName, recipeNames } from "../../models/convert/recipes.ts";
import type { SaveReport } from "../../models/convert/save-model.ts";
import { findModel } from "../../models/find.ts";

export type { SaveReport } from "../../models/convert/save-model.ts";

export interface ConvertModelRequest extends Omit<ConvertRequest, "dir" | "name" | "quantize"> {
  /** A name, a hub id or a folder. */
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
  const { dir } = findModel(model);
  return convertModel({ ...request, dir, name: model, quantize: quantize && (await withPredicate(quantize)) });
}

async function withPredicate({ predicate, ...sizes }: QuantizeChoice): Promise<ConvertRequest["quantize"]> {
  if (predicate === undefined) return sizes;
  const recipe = recipeNames.find((name): name is RecipeName => name === predicate);
  return recipe ? { ...sizes, recipe } : { ...sizes, layers: await readLayerRules(predicate) };
}
