/** Worker processes of this executable that carry out jobs side by side. What comes out does not depend on their number. */
import { parseLines, selfCommand } from "../../core/child.ts";
import { InterruptedError, MdpError } from "../../core/errors.ts";
import { type Job, type JobProgress, type JobReply, type JobRequest, WORKER_ARGUMENT } from "./protocol.ts";

export interface WorkersOptions {
  /** Processes at work at once. */
  count: number;
  signal: AbortSignal;
  /** Where the run's lock lies. */
  stateDir: string;
}

export interface JobEvents {
  /** Growth since the last call, over all jobs. */
  onProgress?: (grown: JobProgress) => void;
  /** After each job. */
  onDone?: () => void;
}

export class Workers implements AsyncDisposable {
  readonly #options: WorkersOptions;
  readonly #idle: WorkerProcess[] = [];
  readonly #all = new Set<WorkerProcess>();

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /**
   * Runs every job, each in one process, as many at once as there are workers. A failure ends the run; of several that
   * of the first job is thrown.
   *
   * @param dir the folder that holds the jobs' plan
   */
  async run(dir: string, jobs: readonly Job[], events: JobEvents = {}): Promise<void> {
    const { count, signal, stateDir } = this.#options;
    let next = 0;
    const failures: { index: number; error: unknown }[] = [];
    const lane = async () => {
      while (next < jobs.length) {
        if (signal.aborted) throw new InterruptedError();
        const index = next++;
        try {
          await this.#runOne({ parent: process.pid, stateDir, dir, job: jobs[index]! }, events);
          events.onDone?.();
        } catch (error) {
          failures.push({ index, error });
          // The others need not begin what nobody waits for.
          next = jobs.length;
        }
      }
    };
    await Promise.allSettled(Array.from({ length: Math.min(count, jobs.length) }, lane));
    if (signal.aborted) throw new InterruptedError();
    // The jobs before one that failed have begun, and are at their end: the first does not depend on who was quicker.
    failures.sort((a, b) => a.index - b.index);
    if (failures.length > 0) throw failures[0]!.error;
  }

  async #runOne(request: JobRequest, events: JobEvents): Promise<void> {
    const worker = this.#idle.pop() ?? this.#start();
    await worker.run(request, this.#options.signal, events.onProgress);
    this.#idle.push(worker);
  }

  #start(): WorkerProcess {
    const worker = new WorkerProcess();
    this.#all.add(worker);
    return worker;
  }

  /** Ends the processes that wait: the next stage starts its own, without the memory of this one. */
  async recycle(): Promise<void> {
    for (const worker of this.#idle) this.#all.delete(worker);
    await Promise.all(this.#idle.splice(0).map((worker) => worker.kill()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.kill()));
  }
}

class WorkerProcess {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #replies: AsyncGenerator<JobReply, void, undefined>;

  constructor() {
    this.#child = Bun.spawn(selfCommand(WORKER_ARGUMENT), { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#replies = parseLines<JobReply>(this.#child.stdout);
  }

  async run(
    request: JobRequest,
    signal: AbortSignal,
    onProgress: ((grown: JobProgress) => void) | undefined,
  ): Promise<void> {
    const stop = () => this.#child.kill("SIGKILL");
    signal.addEventListener("abort", stop);
    let before: JobProgress = { documents: 0, bytes: 0 };
    try {
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
      await this.#child.stdin.flush();
      while (true) {
        const { value: reply } = await this.#replies.next();
        if (!reply) throw await this.#crashed(request.job);
        if ("failed" in reply) throw new MdpError(reply.failed);
        if ("done" in reply) return;
        const { documents, bytes } = reply.progress;
        onProgress?.({ documents: documents - before.documents, bytes: bytes - before.bytes });
        before = reply.progress;
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async #crashed(job: Job): Promise<MdpError> {
    await this.#child.exited;
    const { exitCode, signalCode } = this.#child;
    const { kind, ...which } = job;
    return new MdpError({
      code: "worker-crashed",
      message: `the worker of job ${kind} ${JSON.stringify(which)} ended with ${signalCode ?? `exit code ${exitCode}`}`,
      hint: "run again with --resume, and with fewer --workers if memory was short",
    });
  }
}
