/** Parameters of a model: a tree whose paths are the names in its weight file. */
import { assert } from "../../core/errors.ts";
import { MlxArray } from "../array.ts";

export interface Params {
  readonly [name: string]: MlxArray | Params;
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
