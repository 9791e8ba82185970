/** Puts fresh low-rank pairs beside a model's layers, with the numbers that mlx-lm gives them for the same seed. */
import { UsageError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { ADAPTER, type Adapter, type KeySequence, norm, type Params, plainWeight } from "../../mlx/nn/index.ts";
import { at, flattenParams, weightOf } from "../../mlx/nn/params.ts";
import type { AdapterSpec } from "./adapter.ts";
import { type AdaptableLayer, checkKeys, chooseLayers, lastBlocks, type Shapes } from "./choose.ts";

/** A model's tree that is ready to be trained. */
export interface AdaptedModel {
  /** The model's own arrays and, beside them, new ones, which belong to the `tidy` around. */
  params: Params;
  /** Paths of the arrays to train, in the tree's order. */
  trainable: string[];
}

/**
 * @param params of the model; not changed, and its arrays are shared with the result
 * @param shapes of all weights, in the order of definition
 * @param keys goes on where the initialisation ends; dropout, which is not in the result, draws from there
 */
export function adapt(params: Params, shapes: Shapes, spec: AdapterSpec, keys: KeySequence): AdaptedModel {
  const blocks = lastBlocks(shapes, -1).length;
  if (spec.numLayers > blocks) {
    throw new UsageError(
      `${spec.numLayers} layers are to be trained, the model has ${blocks}`,
      "--num-layers -1 trains all",
    );
  }
  if (spec.method === "full") return { params, trainable: fullyTrained(params, shapes, spec.numLayers) };
  checkKeys(shapes, spec.lora.keys);
  const layers = adaptedLayers(shapes, spec);
  if (layers.length === 0) {
    const blocks = spec.numLayers > 0 ? `the last ${spec.numLayers} blocks` : "the blocks";
    throw new UsageError(`no layer is adapted: ${blocks} have none with the given keys`, "give other keys, or none");
  }
  const fresh = mx.tidy(() => {
    const arrays = new Map<string, mx.MlxArray>();
    for (const layer of layers) {
      for (const [name, array] of freshPair(layer, at(params, layer.path), spec, keys)) {
        arrays.set(`${layer.path}.${name}`, array);
      }
    }
    return arrays;
  });
  const adapted = withAdapters(params, layers, spec, fresh);
  return { params: adapted, trainable: flattenParams(adapted).flatMap(([path]) => (fresh.has(path) ? [path] : [])) };
}

/** The chosen layers; an error when the method cannot change one of them. */
export function adaptedLayers(shapes: Shapes, spec: AdapterSpec): AdaptableLayer[] {
  const layers = chooseLayers(shapes, spec);
  const experts = layers.find(({ kind }) => spec.method === "dora" && kind === "experts");
  if (experts) throw new UsageError(`DoRA cannot change the experts ${experts.path}`, "use the method lora");
  return layers;
}

/** The shapes of a layer's new arrays. */
export function pairShapes({ kind, shape }: AdaptableLayer, { method, lora: { rank } }: AdapterSpec) {
  const [out, into] = shape.slice(-2) as [number, number];
  const pair: Record<string, mx.Shape> =
    kind === "experts"
      ? { lora_a: [shape[0]!, rank, into], lora_b: [shape[0]!, out, rank] }
      : kind === "embedding"
        ? { lora_a: [out, rank], lora_b: [rank, into] }
        : { lora_a: [into, rank], lora_b: [rank, out] };
  return method === "dora" ? { m: [out], ...pair } : pair;
}

/** The tree with these arrays added and the layers marked, as it is outside training: nothing is dropped. */
export function withAdapters(
  params: Params,
  layers: readonly AdaptableLayer[],
  { lora: { scale } }: AdapterSpec,
  arrays: ReadonlyMap<string, mx.MlxArray>,
): Params {
  const byPath = new Map(layers.map((layer) => [layer.path, layer]));
  const copy = (branch: Params, prefix: string): Params => {
    const entries = Object.entries(branch).map(([name, value]): [string, mx.MlxArray | Params] => [
      name,
      value instanceof mx.MlxArray ? value : copy(value, `${prefix}${name}.`),
    ]);
    const layer = byPath.get(prefix.slice(0, -1));
    if (!layer) return Object.fromEntries(entries);
    const added = ["m", "lora_a", "lora_b"].flatMap((name) => {
      const array = arrays.get(prefix + name);
      return array ? [[name, array] as const] : [];
    });
    const adapter: Adapter = { scale, embedding: layer.kind === "embedding" };
    return { ...Object.fromEntries([...entries, ...added]), [ADAPTER]: adapter };
  };
  return copy(params, "");
}

/** The tree with this dropout before every pair; undefined, as it is outside training. */
export function withDropout(params: Params, dropout: Adapter["dropout"]): Params {
  const entries = Object.entries(params).map(([name, value]): [string, mx.MlxArray | Params] => [
    name,
    value instanceof mx.MlxArray ? value : withDropout(value, dropout),
  ]);
  const adapter = params[ADAPTER];
  return { ...Object.fromEntries(entries), ...(adapter && { [ADAPTER]: { ...adapter, dropout } }) };
}

function freshPair(layer: AdaptableLayer, params: Params, spec: AdapterSpec, keys: KeySequence) {
  const { lora_a: a, lora_b: b } = pairShapes(layer, spec);
  // mlx-lm first makes a layer of its own, whose random weight it then replaces.
  keys.next();
  const limit = 1 / Math.sqrt(layer.kind === "embedding" ? layer.shape[0]! : layer.shape.at(-1)!);
  const pair = {
    lora_a: mx.random.uniform(keys.next(), a!, { low: -limit, high: limit }),
    lora_b: mx.zeros(b!),
  };
  return Object.entries(spec.method === "dora" ? { m: magnitudes(layer, params), ...pair } : pair);
}

/** Lengths of the weight's rows. */
function magnitudes({ path, kind, shape }: AdaptableLayer, params: Params): mx.MlxArray {
  if (kind === "linear") return norm(mx.astype(plainWeight(params, shape[1]!), "float32"), 1);
  if (params.scales) throw new UsageError(`DoRA cannot change the quantized embedding ${path}`, "use the method lora");
  return norm(weightOf(params, "weight"), 1);
}

/** Paths of all weights in the last blocks; none may be quantized. */
export function fullyTrained(params: Params, shapes: Shapes, numLayers: number): string[] {
  const blocks = lastBlocks(shapes, numLayers);
  const paths = flattenParams(params).flatMap(([path]) => (blocks.some((b) => path.startsWith(b)) ? [path] : []));
  const quantized = paths.find((path) => path.endsWith(".scales"));
  if (!quantized) return paths;
  throw new UsageError(
    `all weights are to be trained, but ${quantized.replace(/\.scales$/, "")} is quantized`,
    "use the method lora or dora, or the model that was not quantized",
  );
}
