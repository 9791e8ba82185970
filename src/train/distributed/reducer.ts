/** What a training loop asks of the other processes of its run; alone, it is told what it said. */
import * as mx from "../../mlx/index.ts";

type Named = ReadonlyMap<string, mx.MlxArray>;

/** Every process calls the same functions in the same order: each waits for all. */
export interface Reducer extends Disposable {
  /** Number of this process, from 0. */
  readonly rank: number;
  /** How many processes there are. */
  readonly world: number;
  /** Mean over the processes, array by array; not evaluated. May be traced by `compile`. */
  average(named: Named): Map<string, mx.MlxArray>;
  /** Sum over the processes, array by array; not evaluated. May be traced by `compile`. */
  total(named: Named): Map<string, mx.MlxArray>;
  /** Sum over the processes, number by number, in float64; evaluated. */
  sum(values: readonly number[]): number[];
  /** Tells the process that started this one that it goes on; once a step, outside of what `compile` traces. */
  beat(): void;
  /**
   * Leaves the run in good order, once, after all went well. It may wait for the others, so a process that failed only
   * disposes: its end is what tells them.
   */
  end(): void;
}

/** The only process. */
export function singleReducer(): Reducer {
  return {
    rank: 0,
    world: 1,
    average: (named) => new Map(named),
    total: (named) => new Map(named),
    sum: (values) => [...values],
    beat: () => {},
    end: () => {},
    [Symbol.dispose]: () => {},
  };
}

/** One of the processes of a group, which it owns. @param beat called once a step */
export function groupReducer(group: mx.distributed.Group, beat: () => void): Reducer {
  return {
    rank: group.rank,
    world: group.size,
    average: (named) => mx.distributed.averageGradients(named, group),
    total: (named) => mx.distributed.sumGradients(named, group),
    sum: (values) => sumNumbers(values, group),
    beat,
    end: () => mx.distributed.finalize(group),
    [Symbol.dispose]: () => group.dispose(),
  };
}

function sumNumbers(values: readonly number[], group: mx.distributed.Group): number[] {
  return mx.tidy(() => {
    const own = mx.fromTypedArray(Float64Array.from(values));
    return Array.from(mx.distributed.allSum(own, group).toTypedArray() as Float64Array);
  });
}
