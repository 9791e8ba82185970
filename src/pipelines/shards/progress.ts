/** Progress of work on the shards of a set, and its end when it is interrupted. */
import { InterruptedError } from "../../core/errors.ts";

export interface ShardProgress {
  done: number;
  total: number;
  bytes: number;
}

export interface ShardWork {
  /** Called after each shard. */
  onProgress?: ((progress: ShardProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Tells how far the work is, and stops it where that was asked. */
export function follow(work: ShardWork, total: number): (bytes: number) => void {
  let done = 0;
  let sum = 0;
  return (bytes) => {
    stopIfAsked(work.signal);
    sum += bytes;
    work.onProgress?.({ done: ++done, total, bytes: sum });
  };
}

/** @throws InterruptedError when the signal has come */
export function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError();
}
