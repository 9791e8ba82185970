/** PEFT's ranks and factors of single layers (`rank_pattern`, `alpha_pattern`), made equal for all layers. */
import { MdpError } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";

/** Numbers by a layer's path or its end; `^` before it means the whole path. PEFT allows any regular expression. */
export type Pattern = Readonly<Record<string, number>>;

export interface PeftFactors {
  r: number;
  alpha: number;
  rslora: boolean;
  rankPattern: Pattern;
  alphaPattern: Pattern;
}

/** Names that stand for themselves: a regular expression of a stranger could run for ever. */
export const plainPattern = /^\^?[\w.]+$/;

/**
 * Gives every pair the largest rank, by columns and rows of zeros, and the largest factor, by scaling `lora_b`; the
 * products stay what they were. Changes the map.
 * @returns the rank and the factor of all layers then
 */
export function levelPairs(
  arrays: Map<string, mx.MlxArray>,
  factors: PeftFactors,
  where: string,
): { rank: number; scale: number } {
  const paths = [...arrays.keys()].flatMap((name) => /^(.+)\.lora_[ab]$/.exec(name)?.[1] ?? []);
  if (paths.length === 0) throw unfit("the adapter has no low-rank pair", where);
  const layers = [...new Set(paths)].map((path) => ({ path, ...ofLayer(path, factors) }));
  const rank = Math.max(...layers.map((layer) => layer.rank));
  const scale = layers.reduce((largest, { factor }) => (Math.abs(factor) > Math.abs(largest) ? factor : largest), 0);
  for (const { path, rank: own, factor } of layers) {
    for (const [part, axis] of [
      ["lora_a", 1],
      ["lora_b", 0],
    ] as const) {
      const array = arrays.get(`${path}.${part}`);
      if (array?.ndim !== 2 || array.shape[axis] !== own) {
        const found = array ? `the shape [${array.shape}]` : "no array";
        throw unfit(`${path}.${part} has ${found}, the settings give the rank ${own}`, where);
      }
      const scaled = part === "lora_b" && factor !== scale ? mx.multiply(array, factor / scale) : array;
      const after = (at: number): readonly [number, number] => [0, at === axis ? rank - own : 0];
      arrays.set(`${path}.${part}`, own < rank ? mx.pad(scaled, [after(0), after(1)]) : scaled);
    }
  }
  return { rank, scale };
}

function ofLayer(path: string, { r, alpha, rslora, rankPattern, alphaPattern }: PeftFactors) {
  const rank = matching(rankPattern, path) ?? r;
  return { rank, factor: (matching(alphaPattern, path) ?? alpha) / (rslora ? Math.sqrt(rank) : rank) };
}

/** The first that fits counts. */
function matching(pattern: Pattern, path: string): number | undefined {
  const fits = (key: string) => (key.startsWith("^") ? path === key.slice(1) : `.${path}`.endsWith(`.${key}`));
  return Object.entries(pattern).find(([key]) => fits(key))?.[1];
}

function unfit(message: string, where: string): MdpError {
  return new MdpError({ code: "adapter-unsupported", message, where, hint: "save the adapter from PEFT again" });
}
