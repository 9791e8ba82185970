/** One reader process: requests in, documents out, killed when a file takes too long or too much memory. */
import { join } from "node:path";
import type { Read, Reject } from "../../core/document.ts";
import { residentBytes } from "./memory.ts";
import { parseLines, READER_ARGUMENT, type ReadRequest, type Reply } from "./protocol.ts";

export interface ReaderLimits {
  timeoutMs: number;
  memoryBytes: number;
}

const POLL_MS = 100;
/** A process that holds more than this share of its memory limit between files is replaced. */
const RECYCLE_SHARE = 0.5;

export class ReaderProcess {
  readonly #limits: ReaderLimits;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "ignore">;
  readonly #replies: AsyncGenerator<Reply, void, undefined>;
  /** Idle, alive and small: fit for another file. */
  reusable = true;

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
    this.#child = Bun.spawn(readerCommand(), { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
    this.#child.unref();
    this.#replies = parseLines<Reply>(this.#child.stdout);
  }

  async *read(request: ReadRequest, signal?: AbortSignal): AsyncGenerator<Read, void, undefined> {
    this.reusable = false;
    const watch = this.#watch(request.uri, signal);
    try {
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
      await this.#child.stdin.flush();
      while (true) {
        const reply = await this.#replies.next().catch(() => ({ done: true, value: undefined }) as const);
        if (reply.done) {
          signal?.throwIfAborted();
          yield { reject: watch.exceeded ?? (await this.#crashed(request)) };
          return;
        }
        if ("read" in reply.value) {
          yield reply.value.read;
          continue;
        }
        if ("failed" in reply.value) yield { reject: reply.value.failed };
        this.reusable = ((await residentBytes(this.#child.pid)) ?? Infinity) < this.#limits.memoryBytes * RECYCLE_SHARE;
        return;
      }
    } finally {
      watch.stop();
    }
  }

  /** Resolves when the process has ended. */
  async kill(): Promise<void> {
    this.reusable = false;
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  /** Kills the process when the file that it reads exceeds a limit, and says which. */
  #watch(uri: string, signal: AbortSignal | undefined) {
    const { timeoutMs, memoryBytes } = this.#limits;
    const watch: { exceeded: Reject | undefined; stop(): void } = { exceeded: undefined, stop: () => {} };
    const exceed = (code: string, reason: string, setting: string) => {
      watch.exceeded ??= { uri, code, reason, hint: `raise ${setting}, or leave the file out with --exclude` };
      this.#child.kill("SIGKILL");
    };
    const abort = () => this.#child.kill("SIGKILL");
    const timer = setTimeout(
      () => exceed("reader-timeout", `reading took longer than ${timeoutMs} ms`, "--read-timeout-ms"),
      timeoutMs,
    );
    const poll = setInterval(async () => {
      const used = await residentBytes(this.#child.pid);
      if (used === undefined || used <= memoryBytes) return;
      exceed("reader-memory", `reading took ${used} bytes, more than ${memoryBytes}`, "--read-memory-bytes");
    }, POLL_MS);
    signal?.addEventListener("abort", abort, { once: true });
    watch.stop = () => {
      clearTimeout(timer);
      clearInterval(poll);
      signal?.removeEventListener("abort", abort);
    };
    return watch;
  }

  async #crashed(request: ReadRequest): Promise<Reject> {
    await this.kill();
    const { exitCode, signalCode } = this.#child;
    return {
      uri: request.uri,
      code: "reader-crashed",
      reason: `the reader of ${request.format} ended with ${signalCode ?? `exit code ${exitCode}`}`,
      hint: "the file is probably damaged; leave it out with --exclude",
    };
  }
}

/** How this very program is started as a reader: the executable itself, or its source in development. */
function readerCommand(): string[] {
  const compiled = import.meta.path.startsWith("/$bunfs/") || import.meta.path.includes("~BUN");
  if (compiled) return [process.execPath, READER_ARGUMENT];
  return [process.execPath, join(import.meta.dir, "..", "..", "main.ts"), READER_ARGUMENT];
}
