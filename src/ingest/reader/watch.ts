/** Watches a reader process while it works on one file: its time, its memory, and the caller's wish to stop. */
import { residentBytes } from "./memory.ts";

export interface ReaderLimits {
  timeoutMs: number;
  memoryBytes: number;
}

/** Which limit was exceeded. */
export interface Exceeded {
  code: "reader-timeout" | "reader-memory";
  reason: string;
  setting: string;
}

const POLL_MS = 100;

export class Watch implements Disposable {
  exceeded: Exceeded | undefined;
  readonly #memoryBytes: number;
  readonly #end: () => void;
  readonly #poll: ReturnType<typeof setInterval>;
  readonly #signal: AbortSignal | undefined;
  #timeoutMs: number;
  #spentMs = 0;

  /** `end` kills the process. */
  constructor(pid: number, limits: ReaderLimits, signal: AbortSignal | undefined, end: () => void) {
    this.#memoryBytes = limits.memoryBytes;
    this.#timeoutMs = limits.timeoutMs;
    this.#end = end;
    this.#signal = signal;
    this.#poll = setInterval(() => void this.#checkMemory(pid), POLL_MS);
    signal?.addEventListener("abort", end, { once: true });
  }

  /** Waits for the process; only this counts as its time, not what the caller does with a document. */
  async waitFor<T>(reply: Promise<T>): Promise<T> {
    const timeoutMs = this.#timeoutMs;
    const start = performance.now();
    const timer = setTimeout(
      () => {
        const reason = `reading took longer than ${timeoutMs} ms`;
        this.#exceed({ code: "reader-timeout", reason, setting: "--read-timeout-ms" });
      },
      Math.max(0, timeoutMs - this.#spentMs),
    );
    try {
      return await reply;
    } finally {
      clearTimeout(timer);
      this.#spentMs += performance.now() - start;
    }
  }

  /** Time counts from here on, towards another limit where one is given. */
  restart(timeoutMs = this.#timeoutMs): void {
    this.#timeoutMs = timeoutMs;
    this.#spentMs = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#poll);
    this.#signal?.removeEventListener("abort", this.#end);
  }

  async #checkMemory(pid: number): Promise<void> {
    const used = await residentBytes(pid);
    if (used === undefined || used <= this.#memoryBytes) return;
    const reason = `reading took ${used} bytes of memory, more than ${this.#memoryBytes}`;
    this.#exceed({ code: "reader-memory", reason, setting: "--read-memory-bytes" });
  }

  #exceed(limit: Exceeded): void {
    this.exceeded ??= limit;
    this.#end();
  }
}
