/** Which layers of a model an adapter changes, in the order in which mlx-lm draws their first numbers. */
import { UsageError } from "../../core/errors.ts";
import type { Shape } from "../../mlx/index.ts";
import type { AdapterSpec } from "./adapter.ts";

/** Shapes of the weights by path, in the order of definition. */
export type Shapes = Readonly<Record<string, Shape>>;

export type LayerKind = "linear" | "embedding" | "experts";

export interface AdaptableLayer {
  /** Such as `model.layers.0.self_attn.q_proj`. */
  path: string;
  kind: LayerKind;
  /** `[out, in]` of a linear layer, `[rows, features]` of an embedding, `[experts, out, in]`; not packed. */
  shape: Shape;
}

/**
 * The layers that `keys` name (by their path in a block among the last `numLayers`, or by full path), by default all
 * linear layers, embeddings and experts of those blocks. Order: block by block, inside a block the reverse of
 * definition; then those with full paths, reversed.
 */
export function chooseLayers(shapes: Shapes, { numLayers, lora }: AdapterSpec): AdaptableLayer[] {
  const reversed = adaptable(shapes).reverse();
  const keys = lora.keys && new Set(lora.keys);
  const inBlocks = lastBlocks(shapes, numLayers).flatMap((block) =>
    reversed.filter(({ path }) => path.startsWith(block) && (!keys || keys.has(path.slice(block.length)))),
  );
  const chosen = new Set(inBlocks);
  const byPath = reversed.filter((layer) => keys?.has(layer.path) && !chosen.has(layer));
  return [...inBlocks, ...byPath];
}

/** Refuses keys that name no layer: their owner thinks that something is trained. */
export function checkKeys(shapes: Shapes, keys: readonly string[] | undefined): void {
  const paths = adaptable(shapes).map(({ path }) => path);
  const names = new Set(paths.flatMap((path) => [path, path.replace(blockPrefix, "")]));
  const unknown = keys?.filter((key) => !names.has(key)) ?? [];
  if (unknown.length === 0) return;
  const known = [...names].filter((name) => !blockPrefix.test(name));
  throw new UsageError(
    `no layer for the key${unknown.length > 1 ? "s" : ""} ${unknown.join(", ")}`,
    `layers of this model: ${known.join(", ")}`,
  );
}

/** Prefixes such as `model.layers.3.` of the last blocks; -1 and 0 mean all. */
export function lastBlocks(shapes: Shapes, numLayers: number): string[] {
  const blocks = [...new Set(Object.keys(shapes).flatMap((name) => blockPrefix.exec(name)?.[0] ?? []))];
  return numLayers > 0 ? blocks.slice(-numLayers) : blocks;
}

const blockPrefix = /^model\.layers\.\d+\./;

function adaptable(shapes: Shapes): AdaptableLayer[] {
  return Object.entries(shapes).flatMap(([name, shape]) => {
    const path = /^(.+)\.weight$/.exec(name)?.[1];
    return path && (shape.length === 2 || shape.length === 3) ? [{ path, kind: kindOf(path, shape), shape }] : [];
  });
}

function kindOf(path: string, shape: Shape): LayerKind {
  if (shape.length === 3) return "experts";
  // Architectures call their tables embed_tokens, word_embeddings and the like, and nothing else so.
  return /embed[^.]*$/.test(path) ? "embedding" : "linear";
}
