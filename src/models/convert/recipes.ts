/** Mixed precision: most layers with few bits, those that suffer most with more. mlx-lm's recipes. */
import { MdpError } from "../../core/errors.ts";

interface Recipe {
  low: number;
  high: number;
}

const recipes = {
  mixed_2_6: { low: 2, high: 6 },
  mixed_3_4: { low: 3, high: 4 },
  mixed_3_6: { low: 3, high: 6 },
  mixed_4_6: { low: 4, high: 6 },
} satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof recipes;
export const recipeNames = Object.keys(recipes) as RecipeName[];

/**
 * Bits of a layer by its path. The head, and in the first and last eighth of the blocks and in every third one between
 * the projections of values and downwards, take the recipe's higher number.
 * @param paths all layers of the model
 */
export function recipeBits(name: RecipeName, paths: readonly string[], layers: number): (path: string) => number {
  const { low, high } = recipes[name];
  const down = paths.find((path) => path.includes("down_proj"));
  if (down === undefined) {
    throw new MdpError({
      code: "recipe-unfit",
      message: `the recipe ${name} needs layers named down_proj, which this model does not have`,
      hint: "quantize with --q-bits alone, or name the bits per layer in a file",
    });
  }
  const place = down.split(".").findIndex((part) => /^\d+$/.test(part));
  const eighth = Math.floor(layers / 8);
  return (path) => {
    if (path.includes("lm_head")) return high;
    if (!/v_proj|v_a_proj|v_b_proj|down_proj/.test(path)) return low;
    const index = Number(path.split(".")[place] ?? 0);
    const more = index < eighth || index >= Math.floor((7 * layers) / 8) || (index - eighth) % 3 === 2;
    return more ? high : low;
  };
}
