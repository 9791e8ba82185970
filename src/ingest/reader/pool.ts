/**
 * Child processes of this executable that read binary formats. A file that crashes, hangs or fills memory costs its
 * own process and is that file's reject; the pool goes on with a fresh one.
 */
import { availableParallelism } from "node:os";
import type { Read } from "../../core/document.ts";
import type { IngestSettings } from "../config.ts";
import { ReaderProcess } from "./process.ts";
import type { ReadRequest } from "./protocol.ts";

export interface ReaderPool extends AsyncDisposable {
  /** Reads one file; waits for a free process. Leaving the loop early ends the process that reads it. */
  read(request: ReadRequest, signal?: AbortSignal): AsyncIterable<Read>;
}

type Limits = Pick<IngestSettings, "concurrency" | "readTimeoutMs" | "readMemoryBytes">;

/** At most one process per core and per concurrent read; each starts when it is first needed. */
export function openReaderPool(settings: Limits): ReaderPool {
  const size = Math.max(1, Math.min(settings.concurrency, availableParallelism()));
  const idle: ReaderProcess[] = [];
  const all = new Set<ReaderProcess>();
  const waiting: (() => void)[] = [];
  let busy = 0;

  async function acquire(): Promise<ReaderProcess> {
    if (busy >= size) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy++;
    for (let found = idle.pop(); found; found = idle.pop()) {
      if (found.reusable) return found;
      all.delete(found);
    }
    const started = new ReaderProcess({ timeoutMs: settings.readTimeoutMs, memoryBytes: settings.readMemoryBytes });
    all.add(started);
    return started;
  }

  /** Hands the turn to the next in line, and keeps the process when it is fit for another file. */
  function release(reader: ReaderProcess): void {
    if (reader.reusable) idle.push(reader);
    else {
      reader.kill();
      all.delete(reader);
    }
    const next = waiting.shift();
    if (next) next();
    else busy--;
  }

  return {
    async *read(request, signal) {
      const reader = await acquire();
      try {
        signal?.throwIfAborted();
        yield* reader.read(request, signal);
      } finally {
        release(reader);
      }
    },
    async [Symbol.asyncDispose]() {
      const ending = [...all].map((reader) => reader.kill());
      all.clear();
      idle.length = 0;
      await Promise.all(ending);
    },
  };
}
