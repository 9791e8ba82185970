/** One reader process: requests in, documents out, killed when a file takes too long or too much memory. */
import { parseLines, selfCommand } from "../../core/child.ts";
import type { Read, Reject } from "../../core/document.ts";
import { residentBytes } from "./memory.ts";
import { READER_ARGUMENT, type ReadRequest, type Reply } from "./protocol.ts";
import { type ReaderLimits, Watch } from "./watch.ts";

/** A process that holds more than this share of its memory limit between files is replaced. */
const RECYCLE_SHARE = 0.5;
/** Time to start, to open a file and to load what reads it, on a busy machine; the file's own time comes after it. */
const START_MS = 60_000;

export class ReaderProcess {
  readonly #limits: ReaderLimits;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "ignore">;
  readonly #replies: AsyncGenerator<Reply, void, undefined>;
  #fit = true;

  constructor(limits: ReaderLimits) {
    this.#limits = limits;
    this.#child = Bun.spawn(selfCommand(READER_ARGUMENT), { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
    this.#child.unref();
    this.#replies = parseLines<Reply>(this.#child.stdout);
  }

  /** Idle, alive and small: fit for another file. */
  get reusable(): boolean {
    return this.#fit && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async *read(request: ReadRequest, signal?: AbortSignal): AsyncGenerator<Read, void, undefined> {
    this.#fit = false;
    const { timeoutMs, memoryBytes } = this.#limits;
    const starting = { memoryBytes, timeoutMs: Math.max(START_MS, timeoutMs) };
    using watch = new Watch(this.#child.pid, starting, signal, () => this.#child.kill("SIGKILL"));
    const sent = await this.#send(request);
    while (true) {
      const reply = sent ? await watch.waitFor(this.#next()) : undefined;
      if (reply === undefined) {
        signal?.throwIfAborted();
        yield { reject: await this.#failure(request, watch) };
        return;
      }
      if ("begun" in reply) {
        watch.restart(timeoutMs);
        continue;
      }
      if ("guess" in reply) {
        request.options.onGuess?.(reply.guess);
        continue;
      }
      if ("read" in reply) {
        // A file of rows may be of any length; each of them has the time that another file has as a whole.
        watch.restart();
        yield reply.read;
        continue;
      }
      if ("failed" in reply) yield { reject: reply.failed };
      const held = await residentBytes(this.#child.pid);
      this.#fit = held !== undefined && held < memoryBytes * RECYCLE_SHARE;
      return;
    }
  }

  /** Resolves when the process has ended. */
  async kill(): Promise<void> {
    this.#fit = false;
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  /** False when the process is gone. */
  async #send(request: ReadRequest): Promise<boolean> {
    try {
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
      await this.#child.stdin.flush();
      return true;
    } catch {
      return false;
    }
  }

  /** Undefined when the process has ended; a line that was cut off by its end counts as that. */
  async #next(): Promise<Reply | undefined> {
    try {
      const { done, value } = await this.#replies.next();
      return done ? undefined : value;
    } catch {
      return undefined;
    }
  }

  async #failure({ uri, format }: ReadRequest, watch: Watch): Promise<Reject> {
    await this.kill();
    if (watch.exceeded) {
      const { code, reason, setting } = watch.exceeded;
      return { uri, code, reason, hint: `raise ${setting}, or leave the file out with --exclude` };
    }
    const { exitCode, signalCode } = this.#child;
    return {
      uri,
      code: "reader-crashed",
      reason: `the reader of ${format} ended with ${signalCode ?? `exit code ${exitCode}`}`,
      hint: "the file is probably damaged; leave it out with --exclude",
    };
  }
}
