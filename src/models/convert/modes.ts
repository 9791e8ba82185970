/** The modes of quantization, with the sizes that each can have. */
import { UsageError } from "../../core/errors.ts";
import type { Quantization } from "../../mlx/index.ts";

export type ModeSizes = Required<Quantization>;
export type Mode = ModeSizes["mode"];

interface Sizes {
  groups: readonly number[];
  bits: readonly number[];
  /** Group size and bits unless others are given. */
  usual: readonly [group: number, bits: number];
}

const modes: Readonly<Record<Mode, Sizes>> = {
  affine: { groups: [32, 64, 128], bits: [2, 3, 4, 5, 6, 8], usual: [64, 4] },
  mxfp4: { groups: [32], bits: [4], usual: [32, 4] },
  mxfp8: { groups: [32], bits: [8], usual: [32, 8] },
  nvfp4: { groups: [16], bits: [4], usual: [16, 4] },
};
export const modeNames = Object.keys(modes) as Mode[];

/** @throws UsageError for sizes that the mode does not have */
export function sizesOf(mode: Mode, groupSize?: number, bits?: number, where?: string): ModeSizes {
  const { groups, bits: known, usual } = modes[mode];
  const sizes = { groupSize: groupSize ?? usual[0], bits: bits ?? usual[1], mode };
  const wrong = (what: string, value: number, allowed: readonly number[]) =>
    new UsageError(`${mode} has no ${what} ${value}`, `it has: ${allowed.join(", ")}`, where);
  if (!groups.includes(sizes.groupSize)) throw wrong("group size", sizes.groupSize, groups);
  if (!known.includes(sizes.bits)) throw wrong("number of bits", sizes.bits, known);
  return sizes;
}
