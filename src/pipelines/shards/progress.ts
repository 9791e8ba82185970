/** Progress of work on the shards of a set. */

export interface ShardProgress {
  done: number;
  total: number;
  bytes: number;
}

export interface ShardWork {
  /** Called after each shard. */
  onProgress?: ((progress: ShardProgress) => void) | undefined;
  /** Asked between two shards; throws to stop. */
  signal?: AbortSignal | undefined;
}

/** Tells how far the work is, and stops it where that was asked. */
export function follow(work: ShardWork, total: number): (bytes: number) => void {
  let done = 0;
  let sum = 0;
  return (bytes) => {
    work.signal?.throwIfAborted();
    sum += bytes;
    work.onProgress?.({ done: ++done, total, bytes: sum });
  };
}
