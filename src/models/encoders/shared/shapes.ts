/** Names and shapes of the weights that encoders share. */
import type { Shape } from "../../../mlx/index.ts";

export type Shapes = Record<string, Shape>;

/** A linear layer of `out` rows and `into` features, by default with a bias. */
export function dense(name: string, out: number, into: number, bias = true): Shapes {
  return { [`${name}.weight`]: [out, into], ...(bias ? { [`${name}.bias`]: [out] } : {}) };
}

/** A layer norm over `width` features, by default with a bias. */
export function norm(name: string, width: number, bias = true): Shapes {
  return { [`${name}.weight`]: [width], ...(bias ? { [`${name}.bias`]: [width] } : {}) };
}

/** The shapes of layers `prefix.0`, `prefix.1`, … as one. */
export function layers(prefix: string, count: number, layer: (name: string, index: number) => Shapes[]): Shapes {
  const all = Array.from({ length: count }, (_, index) => layer(`${prefix}.${index}`, index));
  return Object.assign({}, ...all.flat());
}
