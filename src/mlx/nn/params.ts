/** Parameters of a model: a tree whose paths are the names in its weight file. */
import { assert } from "../../core/errors.ts";
import { MlxArray } from "../array.ts";

export interface Params {
  readonly [name: string]: MlxArray | Params;
  /** Of a layer that has `lora_a` and `lora_b` beside its weight: how they take part. */
  readonly [ADAPTER]?: Adapter;
  /** Of a layer whose weight is packed or of 16 bits: it is turned into float32 wherever it is used. */
  readonly [WIDENED]?: true;
}

/** Under this key a layer's parameters say how its low-rank pair is used; it is no name of a weight. */
export const ADAPTER: unique symbol = Symbol("adapter");

/** Under this key a layer's parameters say that its weight is computed in float32, whatever it is held in. */
export const WIDENED: unique symbol = Symbol("widened");

/** How the pair `lora_a`, `lora_b` (and, for DoRA, the magnitudes `m`) changes a layer. */
export interface Adapter {
  /** Factor of the low-rank product, used as it is. */
  readonly scale: number;
  /** Applied to the layer's input before `lora_a`; absent outside training and where nothing is dropped. */
  readonly dropout?: ((x: MlxArray) => MlxArray) | undefined;
  /** The layer is an embedding: `lora_a` is `[rows, rank]`, `lora_b` `[rank, features]`, as a head too. */
  readonly embedding?: boolean | undefined;
}

/** `{"a.b": x}` becomes `{a: {b: x}}`. */
export function unflattenParams(weights: Iterable<readonly [name: string, weight: MlxArray]>): Params {
  type Branch = { [name: string]: MlxArray | Branch };
  const root: Branch = {};
  for (const [name, weight] of weights) {
    const path = name.split(".");
    let branch = root;
    for (const part of path.slice(0, -1)) {
      const next = branch[part] ?? {};
      assert(!(next instanceof MlxArray), `the weight ${name} lies below another weight`);
      branch[part] = next;
      branch = next;
    }
    branch[path.at(-1)!] = weight;
  }
  return root;
}

/** The subtree at a path such as `encoder.layer.0`. Models check their weights when they are loaded. */
export function at(params: Params, path: string): Params {
  let found: MlxArray | Params | undefined = params;
  for (const part of path.split(".")) found = found instanceof MlxArray ? undefined : found?.[part];
  assert(found !== undefined && !(found instanceof MlxArray), `no parameters at ${path}`);
  return found;
}

/** The array `name` of these parameters. */
export function weightOf(params: Params, name: string): MlxArray {
  const found = params[name];
  assert(found instanceof MlxArray, `no parameter ${name}`);
  return found;
}

/** The array `name` of these parameters, or undefined when the layer has none. */
export function optionalWeightOf(params: Params, name: string): MlxArray | undefined {
  return params[name] === undefined ? undefined : weightOf(params, name);
}

/**
 * The tree with every matrix that is packed or of 16 bits marked as `WIDENED`: MLX's CPU backend multiplies float32 alone
 * by BLAS, anything else 10 to 40 times slower.
 */
export function widened(params: Params): Params {
  const branches = Object.entries(params).map(([name, value]): [string, MlxArray | Params] => [
    name,
    value instanceof MlxArray ? value : widened(value),
  ]);
  const { weight } = params;
  const isNarrow = weight instanceof MlxArray && weight.ndim === 2 && weight.dtype !== "float32";
  return { ...params, ...Object.fromEntries(branches), ...(isNarrow ? { [WIDENED]: true as const } : {}) };
}

/** Every array with its path, in the tree's order. */
export function flattenParams(params: Params, prefix = ""): [path: string, array: MlxArray][] {
  return Object.entries(params).flatMap(([name, value]): [string, MlxArray][] =>
    value instanceof MlxArray ? [[prefix + name, value]] : flattenParams(value, `${prefix}${name}.`),
  );
}

/** The tree with other arrays at some paths; what is not named stays, adapters too. Paths may be new. */
export function replaceParams(params: Params, arrays: Iterable<readonly [path: string, array: MlxArray]>): Params {
  type Branch = { [name: string]: MlxArray | Params };
  const root = { ...params } as Branch;
  const copies = new Set<Branch>();
  for (const [path, array] of arrays) {
    const names = path.split(".");
    let branch = root;
    for (const name of names.slice(0, -1)) {
      let next = branch[name] as Branch | undefined;
      assert(!(next instanceof MlxArray), `the weight ${path} lies below another weight`);
      if (next === undefined || !copies.has(next)) {
        next = { ...next };
        copies.add(next);
        branch[name] = next;
      }
      branch = next;
    }
    branch[names.at(-1)!] = array;
  }
  return root;
}
