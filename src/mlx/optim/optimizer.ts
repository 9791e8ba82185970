/** What an optimizer is: pure functions of named arrays, so that a step can be traced and its state saved. */
import type { MlxArray } from "../array.ts";

/** Arrays by the paths of the parameters. */
export type Named = ReadonlyMap<string, MlxArray>;

export interface Optimizer {
  readonly name: string;
  /** Empty state for these parameters: arrays by `<path>.<part>`, such as `model.layers.0.….lora_a.m`. */
  init(parameters: Named): Map<string, MlxArray>;
  /**
   * One step. @param rate learning rate, one float32 number. @param step steps done before, one int64 or uint64 number
   * @returns new parameters and the new state, in the same order of names; nothing is evaluated
   */
  update(input: { parameters: Named; gradients: Named; state: Named; rate: MlxArray; step: MlxArray }): {
    parameters: Map<string, MlxArray>;
    state: Map<string, MlxArray>;
  };
}
