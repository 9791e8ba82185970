/** Threads that read pieces of files into batches, so that a slow disk does not hold up the consumer. */
import { MdpError } from "../../core/errors.ts";
import type { Copy, SlotBytes } from "./assembly.ts";
import type { Slot } from "./samples.ts";

/** It imports nothing of ours, and so it can be given as text, which works in an executable, too. */
const source = `
  import { closeSync, openSync, readSync } from "node:fs";
  const open = new Map();
  let answered = 0;
  function descriptor(path) {
    let fd = open.get(path);
    if (fd !== undefined) open.delete(path);
    else fd = openSync(path, "r");
    open.set(path, fd);
    if (open.size > 64) {
      const [oldest, old] = open.entries().next().value;
      open.delete(oldest);
      closeSync(old);
    }
    return fd;
  }
  onmessage = ({ data: { id, buffers, paths, pieces } }) => {
    try {
      const targets = buffers.map((buffer) => new Uint8Array(buffer));
      for (let i = 0; i < pieces.length; i += 5) {
        const fd = descriptor(paths[pieces[i]]);
        const target = targets[pieces[i + 1]];
        let from = pieces[i + 2];
        let to = pieces[i + 4];
        const end = to + pieces[i + 3];
        while (to < end) {
          const count = readSync(fd, target, to, end - to, from);
          if (count === 0) throw new Error(paths[pieces[i]] + " ended early");
          from += count;
          to += count;
        }
      }
      postMessage({ id, buffers }, buffers);
      // Each thread has a heap of its own, which would grow by the messages.
      if (++answered % 64 === 0) Bun.gc(false);
    } catch (error) {
      postMessage({ id, failure: String(error.message) });
    }
  };
`;

const CLOSED = "the loader was closed";

interface Answer {
  id: number;
  buffers?: ArrayBuffer[];
  failure?: string;
}

interface Thread {
  worker: Worker;
  /** Requests that are not answered yet. */
  open: number;
}

/** A fixed number of threads that take turns. They keep the process alive only while they have work. */
export class ReaderThreads implements Disposable {
  readonly #threads: Thread[];
  readonly #url: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 0;
  #closed = false;

  constructor(count: number) {
    this.#url = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
    this.#threads = Array.from({ length: count }, () => this.#start());
  }

  /** Fills the buffers of `blanks` from the files. @throws MdpError when a file cannot be read */
  async read(copies: readonly Copy[], blanks: SlotBytes): Promise<SlotBytes> {
    const slots = Object.keys(blanks) as Slot[];
    const paths = [...new Set(copies.map(({ shard }) => shard.path))];
    const numbers = new Map(paths.map((path, index) => [path, index]));
    const pieces = new Float64Array(copies.length * 5);
    let end = 0;
    for (const { slot, shard, from, bytes, to } of copies) {
      pieces[end++] = numbers.get(shard.path)!;
      pieces[end++] = slots.indexOf(slot);
      pieces[end++] = from;
      pieces[end++] = bytes;
      pieces[end++] = to;
    }
    const buffers = slots.map((slot) => blanks[slot]!.buffer as ArrayBuffer);
    const answer = await this.#ask({ buffers, paths, pieces });
    if (answer.failure !== undefined) {
      throw new MdpError({
        code: "shard-unreadable",
        message: `a shard could not be read (${answer.failure})`,
        hint: "run `mdp shard verify` on its folder",
      });
    }
    return Object.fromEntries(slots.map((slot, i) => [slot, new Uint8Array(answer.buffers![i]!)]));
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { worker } of this.#threads) worker.terminate();
    URL.revokeObjectURL(this.#url);
    for (const [id, answer] of this.#waiting) answer({ id, failure: CLOSED });
    this.#waiting.clear();
  }

  #start(): Thread {
    const thread: Thread = { worker: new Worker(this.#url), open: 0 };
    thread.worker.unref();
    thread.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (--thread.open === 0) thread.worker.unref();
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    };
    return thread;
  }

  #ask(request: { buffers: ArrayBuffer[]; paths: string[]; pieces: Float64Array }): Promise<Answer> {
    const id = this.#next++;
    if (this.#closed) return Promise.resolve({ id, failure: CLOSED });
    const thread = this.#threads[id % this.#threads.length]!;
    if (thread.open++ === 0) thread.worker.ref();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      thread.worker.postMessage({ id, ...request }, [...request.buffers, request.pieces.buffer as ArrayBuffer]);
    });
  }
}
