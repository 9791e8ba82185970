/** Runs an external command within limits, and gives what it prints line by line. */
import { MdpError, messageOf } from "../../core/errors.ts";
import { groupBytes } from "./memory.ts";

export interface CommandRun {
  /** `formats.tickets`: how the settings name it. */
  name: string;
  command: readonly string[];
  /** Folder that it runs in. */
  cwd: string;
  /** What it is given on its standard input. */
  input: string;
  /** Longest time until a line. */
  timeoutMs: number;
  memoryBytes: number;
  /** Longest line; longer ones are named and skipped. */
  maxLineBytes: number;
  signal?: AbortSignal | undefined;
}

/** A line, 1-based; without text when it was too long. */
export interface Line {
  number: number;
  bytes: number;
  text: string | undefined;
}

const POLL_MS = 200;
/** What is kept of standard error, for the message when the command fails. */
const STDERR_CHARS = 1_000;

/**
 * Lines of the command's standard output. Leaving the loop early ends the command.
 *
 * @throws MdpError `command-not-found`, `command-timeout`, `command-memory`, `command-failed`
 */
export async function* runCommand(run: CommandRun): AsyncGenerator<Line, void, undefined> {
  const child = spawn(run);
  const guard = new Guard(run, child);
  const stderr = tailOf(child.stderr);
  try {
    const chunks = child.stdout[Symbol.asyncIterator]();
    yield* splitLines(
      () => guard.waitFor(chunks.next()),
      run.maxLineBytes,
      () => guard.restart(),
    );
    const code = await guard.waitFor(child.exited);
    guard.check();
    if (code !== 0) {
      const said = (await stderr).trim();
      throw new MdpError({
        code: "command-failed",
        message: `the command of ${run.name} ended with ${child.signalCode ?? `exit code ${code}`}${said === "" ? "" : `: ${said}`}`,
        hint: `run it by hand: ${run.command.join(" ")}`,
      });
    }
  } finally {
    guard[Symbol.dispose]();
  }
}

type Child = Bun.Subprocess<Blob, "pipe", "pipe">;

function spawn({ name, command, cwd, input }: CommandRun): Child {
  try {
    // A group of its own, so that what it starts can be ended with it.
    const options = { cwd, stdin: new Blob([input]), stdout: "pipe", stderr: "pipe", detached: true } as const;
    return Bun.spawn([...command], options);
  } catch (error) {
    throw new MdpError({
      code: "command-not-found",
      message: `the command of ${name} cannot be started: ${messageOf(error)}`,
      hint: `it begins with "${command[0]}"; paths are relative to the project folder`,
      cause: error,
    });
  }
}

/** Ends the command when it takes too long or too much, or when the caller wants to stop. */
class Guard implements Disposable {
  readonly #run: CommandRun;
  readonly #child: Child;
  readonly #poll: ReturnType<typeof setInterval>;
  #problem: MdpError | undefined;
  #spentMs = 0;

  constructor(run: CommandRun, child: Child) {
    this.#run = run;
    this.#child = child;
    this.#poll = setInterval(() => void this.#checkMemory(), POLL_MS);
    run.signal?.addEventListener("abort", this.#kill, { once: true });
  }

  /** Only waiting for the command counts as its time, not what the caller does with a line. */
  async waitFor<T>(reply: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#run;
    const started = performance.now();
    const timer = setTimeout(
      () => {
        this.#end("command-timeout", `gave nothing for longer than ${timeoutMs} ms`, "timeoutMs");
      },
      Math.max(0, timeoutMs - this.#spentMs),
    );
    try {
      const value = await reply;
      this.check();
      return value;
    } finally {
      clearTimeout(timer);
      this.#spentMs += performance.now() - started;
    }
  }

  restart(): void {
    this.#spentMs = 0;
  }

  check(): void {
    this.#run.signal?.throwIfAborted();
    if (this.#problem) throw this.#problem;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#poll);
    this.#run.signal?.removeEventListener("abort", this.#kill);
    this.#kill();
  }

  #kill = (): void => {
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };

  async #checkMemory(): Promise<void> {
    const { memoryBytes } = this.#run;
    const used = await groupBytes(this.#child.pid);
    if (used > memoryBytes) {
      this.#end("command-memory", `took ${used} bytes of memory, more than ${memoryBytes}`, "memoryBytes");
    }
  }

  #end(code: string, what: string, setting: string): void {
    const { name } = this.#run;
    this.#problem ??= new MdpError({
      code,
      message: `the command of ${name} ${what}`,
      hint: `raise ${name}.${setting}`,
    });
    this.#kill();
  }
}

type NextChunk = () => Promise<IteratorResult<Uint8Array, unknown>>;

/** Lines without their ends; blank ones are counted and left out. */
export async function* splitLines(next: NextChunk, maxBytes: number, onLine?: () => void): AsyncGenerator<Line> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (part: Uint8Array) => {
    bytes += part.length;
    if (bytes <= maxBytes) parts.push(part);
    else parts = [];
  };
  const finish = (): Line => {
    const text = bytes <= maxBytes ? Buffer.concat(parts).toString("utf8") : undefined;
    const line = { number: ++number, bytes, text };
    parts = [];
    bytes = 0;
    onLine?.();
    return line;
  };
  for (let chunk = await next(); !chunk.done; chunk = await next()) {
    let start = 0;
    for (let end = chunk.value.indexOf(10); end !== -1; end = chunk.value.indexOf(10, start)) {
      take(chunk.value.subarray(start, end));
      start = end + 1;
      const line = finish();
      if (line.text?.trim() !== "") yield line;
    }
    if (start < chunk.value.length) take(chunk.value.slice(start));
  }
  if (bytes > 0) {
    const line = finish();
    if (line.text?.trim() !== "") yield line;
  }
}

async function tailOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let tail = "";
  for await (const part of stream) tail = (tail + decoder.decode(part, { stream: true })).slice(-STDERR_CHARS);
  return tail.toWellFormed();
}
