/** Buffers `[batch, heads, room, size]` that grow in steps along their third axis. */
import * as mx from "../../mlx/index.ts";

/** Tokens by which buffers grow. */
export const STEP = 256;

/**
 * The buffer with `update` at `offset`, longer when it must be; the one before is let go of, so that MLX may write in
 * place. What lies at `offset` and behind it does not count.
 */
export function written(buffer: mx.MlxArray | undefined, update: mx.MlxArray, offset: number): mx.MlxArray {
  const length = update.shape[2]!;
  return mx.keep(
    mx.tidy(() => {
      let room = buffer;
      const missing = offset + length - (room?.shape[2] ?? 0);
      if (missing > 0) {
        const [batch, heads, , size] = update.shape as [number, number, number, number];
        const more = mx.zeros([batch, heads, Math.ceil(missing / STEP) * STEP, size], update.dtype);
        room = room ? mx.concatenate([room, more], 2) : more;
      }
      const result = mx.sliceUpdate(room!, update, [null, null, [offset, offset + length]]);
      buffer?.dispose();
      return result;
    }),
  );
}

/** The tokens `from` to `to` of a buffer; the buffer itself where that is all of it. */
export function tokensOf(buffer: mx.MlxArray, from: number, to: number): mx.MlxArray {
  return from === 0 && to === buffer.shape[2] ? buffer : mx.slice(buffer, [null, null, [from, to]]);
}
