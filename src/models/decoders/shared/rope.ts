/** Rotary positions: queries and keys turned by an angle that grows with their place in the text. */
import { MdpError } from "../../../core/errors.ts";
import * as mx from "../../../mlx/index.ts";
import { type HeadConfig, headSize } from "./config.ts";
import { type Angles, anglesOf, type RopeScaling } from "./rope-scaling.ts";
import { rotationByTables } from "./rope-tables.ts";

export interface RopeSettings {
  /** Features that are rotated, the first of each head. */
  dims: number;
  base: number;
  /** Pairs are neighbours; by default they lie half the features apart. */
  traditional?: boolean;
  scaling?: RopeScaling | null | undefined;
  /** Longest text of the model, and of its first training, where the scaling depends on them. */
  maxPositions?: number | null | undefined;
  originalPositions?: number | null | undefined;
}

/**
 * Rotates `[batch, heads, length, size]`; `offset` is the position of the first token, one or for each row.
 * @param shared the layers of a call follow each other inside one `tidy`, and none is called again for gradients
 */
export type Rotate = (x: mx.MlxArray, offset: number | mx.MlxArray, shared?: boolean) => mx.MlxArray;

/** The base and scaling of a configuration; newer files keep both in `rope_parameters`. */
export function ropeKeys(
  config: {
    rope_theta?: number | null | undefined;
    rope_scaling?: RopeScaling | null | undefined;
    rope_parameters?: RopeScaling | null | undefined;
  },
  fallback: number,
): Pick<RopeSettings, "base" | "scaling"> {
  const { rope_theta, rope_scaling, rope_parameters } = config;
  return { base: rope_theta ?? rope_parameters?.rope_theta ?? fallback, scaling: rope_scaling ?? rope_parameters };
}

/** Features of a head that are rotated, where that is a share of them; newer files keep it in `rope_parameters`. */
export function rotatedSize(
  config: HeadConfig & {
    partial_rotary_factor?: number | null | undefined;
    rope_parameters?: RopeScaling | null | undefined;
  },
  fallback: number,
): number {
  const share = config.partial_rotary_factor ?? config.rope_parameters?.partial_rotary_factor ?? fallback;
  return Math.trunc(share * headSize(config));
}

/** A rotation; tables are computed on first use, and held as plain numbers. */
export function rotation(settings: RopeSettings): Rotate {
  let angles: Angles | undefined;
  const { dims, traditional = false } = settings;
  const byTables = rotationByTables(dims);
  return (x, offset, shared = false) => {
    angles ??= anglesOf(settings);
    if (shared && !traditional && !("dynamic" in angles) && typeof offset === "number" && onCpu()) {
      return byTables("table" in angles ? scaled(x, dims, angles.magnitude) : x, angles, offset);
    }
    if ("base" in angles) return mx.fast.rope(x, { dims, traditional, offset, base: angles.base, scale: angles.scale });
    if ("dynamic" in angles) {
      return mx.fast.rope(x, { dims, traditional, offset, base: dynamicBase(settings, angles.dynamic, x, offset) });
    }
    using freqs = mx.fromTypedArray(angles.table);
    return mx.fast.rope(scaled(x, dims, angles.magnitude), { dims, traditional, offset, freqs });
  };
}

const onCpu = () => mx.defaultDevice() === "cpu";

/** The rotated features times a factor, the others as they are. */
function scaled(x: mx.MlxArray, dims: number, factor: number): mx.MlxArray {
  if (factor === 1) return x;
  if (dims === x.shape.at(-1)) return mx.multiply(x, factor);
  const range = [null, null, null, [0, dims]] as const;
  return mx.sliceUpdate(x, mx.multiply(mx.slice(x, range), factor), range);
}

/** NTK scaling: the base grows with the text, once it is longer than the model's own length. */
function dynamicBase(
  { dims, base, maxPositions }: RopeSettings,
  factor: number,
  x: mx.MlxArray,
  offset: number | mx.MlxArray,
): number {
  if (typeof offset !== "number") {
    throw new MdpError({
      code: "model-unsupported",
      message: 'rope type "dynamic" cannot continue several texts of different lengths at once',
      hint: "continue one text at a time",
    });
  }
  const length = Math.max(x.shape.at(-2)! + offset, maxPositions!);
  return base * ((factor * length) / maxPositions! - (factor - 1)) ** (dims / (dims - 2));
}
