/** Attention masks: bool, true where a query (row) sees a key (column). */
import * as mx from "../../mlx/index.ts";

/**
 * `[length, offset + length]`: query i stands at `offset + i` and sees itself and what lies before, with a window only
 * the last `window` tokens of that.
 */
export function causalMask(length: number, offset = 0, window?: number): mx.MlxArray {
  return mx.tidy(() => {
    const columns = mx.arange(0, offset + length);
    const rows = mx.expandDims(mx.arange(offset, offset + length), 1);
    const causal = mx.greaterEqual(rows, columns);
    return window === undefined ? causal : mx.logicalAnd(causal, mx.less(rows, mx.add(columns, window)));
  });
}
