/** The dense part of a layer with a gate. */
import { type MlxArray, multiply } from "../../../mlx/index.ts";
import { at, linear, type Params, silu } from "../../../mlx/nn/index.ts";

/** down(activation(gate(x))·up(x)), with the layers `gate_proj`, `up_proj` and `down_proj`. */
export function gatedMlp(x: MlxArray, params: Params, activation: (x: MlxArray) => MlxArray = silu): MlxArray {
  const gate = activation(linear(x, at(params, "gate_proj")));
  return linear(multiply(gate, linear(x, at(params, "up_proj"))), at(params, "down_proj"));
}
