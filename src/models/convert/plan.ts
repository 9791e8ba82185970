/** Which layers are quantized, and how: decided by names and shapes alone. */
import { MdpError, UsageError } from "../../core/errors.ts";
import type { Shape } from "../../mlx/index.ts";
import { type LayerRules, ruleFor } from "./layer-rules.ts";
import { type Mode, type ModeSizes, sizesOf } from "./modes.ts";
import { type RecipeName, recipeBits } from "./recipes.ts";

export interface QuantizeRequest {
  mode?: Mode | undefined;
  groupSize?: number | undefined;
  bits?: number | undefined;
  recipe?: RecipeName | undefined;
  /** What single layers get, before the recipe. */
  layers?: LayerRules | undefined;
}

export interface QuantizePlan {
  /** By layer; layers that stay as they are are missing. */
  layers: ReadonlyMap<string, ModeSizes>;
  /** `quantization` of `config.json`. */
  config: Record<string, unknown>;
}

export interface PlanInput {
  /** Of all weights. */
  shapes: Readonly<Record<string, Shape>>;
  modelType: string;
  numLayers: number;
  /** `quantization` of the model's `config.json`: its layers stay as they are. */
  before?: Readonly<Record<string, unknown>> | null | undefined;
  /** Layers that are quantized already. */
  quantized: ReadonlySet<string>;
}

/**
 * Every matrix whose rows the group divides, embedding and head too, unless a rule says otherwise.
 * @throws UsageError for sizes that a mode does not have, and rules that fit no layer
 */
export function planQuantization(input: PlanInput, request: QuantizeRequest): QuantizePlan {
  const { shapes, before, quantized } = input;
  const base = sizesOf(request.mode ?? "affine", request.groupSize, request.bits);
  const matrices = Object.keys(shapes)
    .filter((name) => name.endsWith(".weight") && shapes[name]!.length > 1)
    .map((name) => name.slice(0, -".weight".length));
  const choose = chooser(input, request, base, matrices);
  const layers = new Map<string, ModeSizes>();
  const config: Record<string, unknown> = before ? { ...before } : entryOf(base);
  for (const path of matrices) {
    if (quantized.has(path)) continue;
    const choice = choose(path);
    if (choice === false) config[path] = false;
    if (choice === false) continue;
    const sizes = choice === true ? base : choice;
    const width = shapes[`${path}.weight`]!.at(-1)!;
    if (width % sizes.groupSize !== 0) {
      if (width % base.groupSize === 0) throw unfit(path, width, sizes.groupSize);
      continue;
    }
    layers.set(path, sizes);
    // A model that was quantized in part has other layers' sizes at the top.
    if (choice !== true || before) config[path] = entryOf(sizes);
  }
  return { layers, config };
}

type Choice = boolean | ModeSizes;

/** A rule of the user comes first, then the recipe, then what the architecture wants of itself. */
function chooser(
  { modelType, numLayers }: PlanInput,
  { recipe, layers: rules, mode }: QuantizeRequest,
  base: ModeSizes,
  matrices: readonly string[],
): (path: string) => Choice {
  if (recipe && mode !== undefined && mode !== "affine") {
    throw new UsageError(`the recipe ${recipe} is for the mode affine, not ${mode}`);
  }
  const bitsOf = recipe && recipeBits(recipe, matrices, numLayers);
  const rule = rules ? ruleFor(rules, base, matrices) : () => undefined;
  return (path) => rule(path) ?? (bitsOf ? { ...base, bits: bitsOf(path) } : (ownSizes(modelType, path) ?? true));
}

/** mlx-lm keeps these routers of experts finer, whatever the rest has. */
function ownSizes(modelType: string, path: string): ModeSizes | undefined {
  const router = modelType === "qwen3_moe" && path.endsWith("mlp.gate");
  return router ? { groupSize: 64, bits: 8, mode: "affine" } : undefined;
}

function entryOf({ groupSize, bits, mode }: ModeSizes): Record<string, unknown> {
  return { group_size: groupSize, bits, mode };
}

function unfit(path: string, width: number, groupSize: number): MdpError {
  return new MdpError({
    code: "group-unfit",
    message: `groups of ${groupSize} weights do not divide the ${width} features of ${path}`,
    hint: "give this layer a smaller group_size, or false",
  });
}
