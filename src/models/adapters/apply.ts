/** Puts a trained adapter into its model. */
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { flattenParams, type Params, replaceParams } from "../../mlx/nn/params.ts";
import type { LoadedDecoder } from "../load-decoder.ts";
import { adaptedLayers, fullyTrained, pairShapes, withAdapters } from "./adapt.ts";
import type { LoadedAdapter } from "./adapter.ts";
import type { AdaptableLayer, Shapes } from "./choose.ts";
import { loadAdapter } from "./load.ts";

/** Puts the adapter of a folder into a model, which then owns its arrays. */
export async function useAdapter(model: LoadedDecoder, dir: string): Promise<LoadedAdapter> {
  const adapter = await loadAdapter(dir);
  try {
    const before = model.params;
    model.params = applyAdapter(before, model.decoder.shapes(), adapter, dir);
    const used = new Set(flattenParams(model.params).map(([, array]) => array));
    for (const [, array] of flattenParams(before)) if (!used.has(array)) array.dispose();
    return adapter;
  } catch (error) {
    mx.disposeAll(adapter.arrays);
    throw error;
  }
}

/**
 * The tree with an adapter's arrays: beside the model's own, or in their place where all weights were trained.
 * Throws with lists when arrays are missing, are too many, or have other shapes; `where` names the adapter then.
 */
export function applyAdapter(params: Params, shapes: Shapes, adapter: LoadedAdapter, where?: string): Params {
  const { spec, arrays } = adapter;
  if (spec.method === "full") {
    const own = new Map(flattenParams(params).map(([path, array]) => [path, array.shape]));
    const trained = new Set(fullyTrained(params, shapes, spec.numLayers));
    checkArrays(arrays, own, trained, where);
    return replaceParams(params, arrays);
  }
  return withAdapters(params, fittingLayers(shapes, adapter, where), spec, arrays);
}

/** The layers that a low-rank adapter changes, all of whose arrays it has; throws as `applyAdapter` does. */
export function fittingLayers(
  shapes: Shapes,
  { spec, arrays, plainHead }: LoadedAdapter,
  where: string | undefined,
): AdaptableLayer[] {
  const layers = adaptedLayers(shapes, spec);
  const expected = new Map(
    layers.flatMap((layer) =>
      Object.entries(pairShapes(layer, spec)).map(([name, shape]) => [`${layer.path}.${name}`, shape]),
    ),
  );
  checkArrays(arrays, expected, new Set(expected.keys()), where);
  if (plainHead) requireOwnHead(layers, shapes, where);
  return layers;
}

/** Here a pair of an embedding serves the head that shares its weight: mlx-lm's rule, which PEFT does not have. */
export function requireOwnHead(layers: readonly AdaptableLayer[], shapes: Shapes, where: string | undefined): void {
  const embedding = layers.find(({ kind }) => kind === "embedding");
  if (!embedding || shapes["lm_head.weight"]) return;
  throw new MdpError({
    code: "adapter-unsupported",
    message: `the pair of ${embedding.path} would change the model's head too in one program, and not in PEFT`,
    where,
    hint: "leave the embedding out of the adapted layers, or use a model with a head of its own",
  });
}

const floating: readonly mx.DType[] = ["float32", "float16", "bfloat16"];

/** @param allowed shapes by path @param needed paths that may not be missing */
function checkArrays(
  arrays: ReadonlyMap<string, mx.MlxArray>,
  allowed: ReadonlyMap<string, mx.Shape>,
  needed: ReadonlySet<string>,
  where: string | undefined,
): void {
  const problems = [...arrays].flatMap(([path, { shape, dtype }]) => {
    const wanted = allowed.get(path);
    if (!wanted) return [`${path} is not one of them`];
    if (!floating.includes(dtype)) return [`${path} has the type ${dtype}`];
    return wanted.join() === shape.join() ? [] : [`${path} has the shape [${shape}], not [${wanted}]`];
  });
  for (const path of needed) if (!arrays.has(path)) problems.push(`${path} is missing`);
  if (problems.length === 0) return;
  const shown = problems.sort().slice(0, 20);
  const rest = problems.length - shown.length;
  throw new MdpError({
    code: "adapter-mismatch",
    message: [
      `${problems.length} of the adapter's arrays do not fit the model:`,
      ...shown,
      ...(rest > 0 ? [`and ${rest} more`] : []),
    ].join("\n  "),
    where,
    hint: "use the model that the adapter was trained for",
  });
}
