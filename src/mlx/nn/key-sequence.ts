/** Random keys one after another, as MLX's global generator draws them: `mx.random.seed(seed)`, then a key per call. */
import { keep, tidy } from "../../../ffi/memory.ts";
import type { MlxArray } from "../array.ts";
import { slice, squeeze } from "../ops.ts";
import { key as keyOf, split } from "../random.ts";

export class KeySequence implements Disposable {
  #state: MlxArray;

  constructor(seed: number | bigint) {
    this.#state = keep(keyOf(seed));
  }

  /** uint32 `[2]`: with it the sequence can be gone on with later. */
  get state(): MlxArray {
    return this.#state;
  }

  /** Goes on from a state that was read before; a copy is not made. */
  set state(state: MlxArray) {
    if (state === this.#state) return;
    this.#state.dispose();
    this.#state = keep(state);
  }

  /** The key of the next draw; it belongs to the `tidy` around. */
  next(): MlxArray {
    const [state, key] = tidy(() => {
      const keys = split(this.#state);
      return [squeeze(slice(keys, [[0, 1]]), 0), squeeze(slice(keys, [[1, 2]]), 0)] as const;
    });
    this.state = state;
    return key;
  }

  [Symbol.dispose](): void {
    this.#state.dispose();
  }
}
