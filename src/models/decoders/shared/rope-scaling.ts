/** How models stretch their rotary positions beyond the length they were first trained on. */
import * as v from "valibot";
import * as mx from "../../../mlx/index.ts";
import type { RopeSettings } from "./rope.ts";

const number = v.pipe(v.number(), v.finite());
const factors = v.union([number, v.pipe(v.array(number), v.maxLength(4096))]);

/** `rope_scaling` or `rope_parameters` of a configuration; keys that a type does not use are ignored. */
export const RopeScaling = v.object({
  type: v.nullish(v.string()),
  rope_type: v.nullish(v.string()),
  rope_theta: v.nullish(number),
  factor: v.nullish(number),
  low_freq_factor: v.nullish(number),
  high_freq_factor: v.nullish(number),
  original_max_position_embeddings: v.nullish(number),
  beta_fast: v.nullish(number),
  beta_slow: v.nullish(number),
  mscale: v.nullish(number),
  mscale_all_dim: v.nullish(number),
  long_factor: v.nullish(factors),
  partial_rotary_factor: v.nullish(number),
  mrope_section: v.nullish(v.array(number)),
});
export type RopeScaling = v.InferOutput<typeof RopeScaling>;

/** Where a rotation gets its angles: a base, or a table of wave lengths with a factor for what is rotated. */
export type Angles =
  | { base: number; scale: number }
  | { table: Float32Array<ArrayBuffer>; magnitude: number }
  | { dynamic: number };

/** Each type with the keys that it needs. `mrope` rotates text as the default does. */
const needs: Record<string, readonly (keyof RopeScaling)[]> = {
  default: [],
  linear: ["factor"],
  dynamic: ["factor"],
  llama3: ["factor"],
  yarn: ["factor"],
  longrope: ["long_factor"],
  su: ["long_factor"],
  proportional: [],
  ntk: ["factor"],
  mrope: ["mrope_section"],
};

/** The type that a configuration asks for; older files say `type`. */
export function ropeType(scaling: RopeScaling | null | undefined): string {
  return scaling?.type || scaling?.rope_type || "default";
}

/** Why these positions cannot be computed; undefined when they can. */
export function ropeProblem({ dims, base, scaling, maxPositions }: RopeSettings): string | undefined {
  if (dims < 2 || dims % 2 !== 0) return `${dims} rotated features; their number must be even`;
  if (!(base > 0 && Number.isFinite(base))) return `a rope base of ${base}; it must be above 0`;
  const type = ropeType(scaling);
  if (!Object.hasOwn(needs, type)) {
    return `rope type "${type}" is not supported; supported: ${Object.keys(needs).join(", ")}`;
  }
  const missing = needs[type]!.find((key) => scaling?.[key] === undefined || scaling[key] === null);
  if (missing) return `rope type "${type}" needs ${missing}`;
  if (needs[type]!.includes("factor") && !(scaling!.factor! > 0)) return `a rope factor of ${scaling!.factor}`;
  if (type === "dynamic" && !maxPositions) return `rope type "dynamic" needs max_position_embeddings`;
  const long = scaling?.long_factor;
  if ((type === "longrope" || type === "su") && Array.isArray(long) && long.length !== dims / 2) {
    return `long_factor has ${long.length} numbers for ${dims / 2} pairs`;
  }
  return undefined;
}

/** The angles of settings without a problem. */
export function anglesOf(settings: RopeSettings): Angles {
  const { dims, base, scaling } = settings;
  switch (ropeType(scaling)) {
    case "linear":
      return { base, scale: 1 / scaling!.factor! };
    case "dynamic":
      return { dynamic: scaling!.factor! };
    case "llama3":
      return { table: numbers(() => llama3(dims, base, scaling!)), magnitude: 1 };
    case "yarn":
      return { table: numbers(() => yarn(dims, base, scaling!)), magnitude: yarnMagnitude(scaling!) };
    case "su":
    case "longrope":
      return longrope(settings, scaling!);
    case "ntk":
      return { table: numbers(() => ntk(dims, base, scaling!.factor!)), magnitude: 1 };
    case "proportional":
      return { table: proportional(dims, base, scaling!), magnitude: 1 };
    default:
      return { base, scale: 1 };
  }
}

const numbers = (make: () => mx.MlxArray): Float32Array<ArrayBuffer> => mx.tidy(() => make().toFloat32());

/** base^(2i/dims) in MLX's own arithmetic, so that the last bit agrees with mlx-lm's. */
function wavelengths(dims: number, base: number, upTo = dims): mx.MlxArray {
  return mx.power(base, mx.divide(mx.arange(0, upTo, 2, "float32"), dims));
}

/** Llama 3.1: long waves stretched, short ones kept, those between blended. */
function llama3(dims: number, base: number, scaling: RopeScaling): mx.MlxArray {
  const factor = scaling.factor!;
  const [low, high] = [scaling.low_freq_factor ?? 1, scaling.high_freq_factor ?? 4];
  const context = scaling.original_max_position_embeddings ?? 8192;
  const plain = wavelengths(dims, base);
  const waves = mx.multiply(plain, 2 * Math.PI);
  const stretched = mx.where(mx.greater(waves, context / low), mx.multiply(plain, factor), plain);
  const between = mx.logicalAnd(mx.greater(waves, context / high), mx.less(waves, context / low));
  const smooth = mx.divide(mx.subtract(mx.divide(context, waves), low), high - low);
  const blend = mx.add(mx.divide(mx.subtract(1, smooth), factor), smooth);
  return mx.where(between, mx.divide(stretched, blend), stretched);
}

/** Fixed NTK scaling as in GTE's code: the base and every wave grow (https://kexue.fm/archives/9706). */
function ntk(dims: number, base: number, factor: number): mx.MlxArray {
  return mx.multiply(wavelengths(dims, base * factor), factor ** (2 / dims));
}

/** YaRN (Peng et al. 2023). */
function yarn(dims: number, base: number, scaling: RopeScaling): mx.MlxArray {
  const context = scaling.original_max_position_embeddings ?? 4096;
  const dimensionOf = (rotations: number) =>
    (dims * Math.log(context / (rotations * 2 * Math.PI))) / (2 * Math.log(base));
  const low = Math.max(Math.floor(dimensionOf(scaling.beta_fast ?? 32)), 0);
  let high = Math.min(Math.ceil(dimensionOf(scaling.beta_slow ?? 1)), dims - 1);
  if (low === high) high += 0.001;
  const ramp = mx.clip(mx.divide(mx.subtract(mx.arange(0, dims / 2, 1, "float32"), low), high - low), 0, 1);
  const kept = mx.subtract(1, ramp);
  const plain = wavelengths(dims, base);
  const stretched = mx.multiply(plain, scaling.factor!);
  const sum = mx.add(mx.multiply(stretched, kept), mx.multiply(plain, mx.subtract(1, kept)));
  return mx.divide(mx.multiply(stretched, plain), sum);
}

function yarnMagnitude({ factor, mscale, mscale_all_dim }: RopeScaling): number {
  const of = (weight: number) => (factor! <= 1 ? 1 : 0.1 * weight * Math.log(factor!) + 1);
  return of(mscale ?? 1) / of(mscale_all_dim ?? 0);
}

/** LongRoPE, first called su: mlx-lm takes the long factors whatever the text's length. */
function longrope({ dims, base, maxPositions, originalPositions }: RopeSettings, scaling: RopeScaling): Angles {
  const original = scaling.original_max_position_embeddings ?? originalPositions ?? 4096;
  const factor = (maxPositions ?? 131_072) / original;
  const magnitude = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  const table = numbers(() => {
    const long = scaling.long_factor!;
    const plain = wavelengths(dims, base);
    return Array.isArray(long)
      ? mx.multiply(mx.fromTypedArray(Float32Array.from(long)), plain)
      : mx.multiply(plain, long);
  });
  return { table, magnitude };
}

/** Only a part of the features is rotated; the rest has waves without end. */
function proportional(dims: number, base: number, scaling: RopeScaling): Float32Array<ArrayBuffer> {
  const rotated = Math.trunc(dims * (scaling.partial_rotary_factor ?? 1));
  const table = new Float32Array(dims / 2).fill(Number.POSITIVE_INFINITY);
  table.set(numbers(() => mx.multiply(wavelengths(dims, base, rotated), scaling.factor ?? 1)).subarray(0, dims / 2));
  return table;
}
