/** Random keys of dropout that are inputs of a traced function, so that a step can be compiled and run again equally. */
import * as mx from "../mlx/index.ts";
import { ADAPTER, type Params } from "../mlx/nn/params.ts";

/** Where the keys of one forward pass come from, in the order of the calls. */
export class DropoutKeys {
  #state: mx.MlxArray | undefined;
  #queue: mx.MlxArray[] | undefined;

  /** Begins a pass. @param state uint32 `[2]`, as `KeySequence.state` */
  begin(state: mx.MlxArray): void {
    this.#state = state;
    this.#queue = undefined;
  }

  /** The state after the keys that were drawn. */
  end(): mx.MlxArray {
    const state = this.#state!;
    this.#state = undefined;
    return state;
  }

  /** The next key: what MLX's global generator would draw. */
  next(): mx.MlxArray {
    const queued = this.#queue?.shift();
    if (queued) return queued;
    const keys = mx.split(mx.random.split(this.#state!), 2, 0).map((row) => mx.squeeze(row, 0));
    this.#state = keys[0]!;
    return keys[1]!;
  }

  /** Runs `work` with keys that were drawn before: a pass that is computed a second time drops the same. */
  with<T>(keys: readonly mx.MlxArray[], work: () => T): T {
    const outer = this.#queue;
    this.#queue = [...keys];
    try {
      return work();
    } finally {
      this.#queue = outer;
    }
  }
}

/** How many keys one call of each layer below takes. */
export function countDropouts(params: Params): number {
  let count = params[ADAPTER]?.dropout ? 1 : 0;
  for (const value of Object.values(params)) if (!(value instanceof mx.MlxArray)) count += countDropouts(value);
  return count;
}
