/** Random keys of dropout that are inputs of a traced function, so that a step can be compiled and run again equally. */
import * as mx from "../mlx/index.ts";
import { ADAPTER, type Params } from "../mlx/nn/params.ts";

/** Where the keys of one forward pass come from, in the order of the calls. */
export class DropoutKeys {
  #state: mx.MlxArray | undefined;
  #after: mx.MlxArray | undefined;
  #queue: mx.MlxArray[] | undefined;

  /**
   * Begins a pass. Each process of several draws keys of its own: with the same they would drop the same numbers of
   * their rows, and the mean over the processes would be as noisy as one of them.
   *
   * @param state uint32 `[2]`, as `KeySequence.state`; the same in all processes
   */
  begin(state: mx.MlxArray, { rank, world } = { rank: 0, world: 1 }): void {
    this.#queue = undefined;
    this.#after = undefined;
    this.#state = state;
    if (world === 1) return;
    const shared = this.next();
    this.#after = this.#state;
    this.#state = rowsOf(mx.random.split(shared, world))[rank]!;
  }

  /** The state of the next pass: after the keys that were drawn, and for several processes the same in all. */
  end(): mx.MlxArray {
    const state = this.#after ?? this.#state!;
    this.#state = undefined;
    this.#after = undefined;
    return state;
  }

  /** The next key: what MLX's global generator would draw. */
  next(): mx.MlxArray {
    const queued = this.#queue?.shift();
    if (queued) return queued;
    const [state, key] = rowsOf(mx.random.split(this.#state!));
    this.#state = state;
    return key!;
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

function rowsOf(keys: mx.MlxArray): mx.MlxArray[] {
  return mx.split(keys, keys.shape[0]!, 0).map((row) => mx.squeeze(row, 0));
}

/** How many keys one call of each layer below takes. */
export function countDropouts(params: Params): number {
  let count = params[ADAPTER]?.dropout ? 1 : 0;
  for (const value of Object.values(params)) if (!(value instanceof mx.MlxArray)) count += countDropouts(value);
  return count;
}
