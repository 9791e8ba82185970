/** Starts the processes of a distributed run on this machine, and ends all of them as soon as one fails. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InterruptedError, MdpError, UsageError } from "../../core/errors.ts";
import { checkLocal, freePorts, type Host, ringAddresses } from "./hosts.ts";
import { beatFile, leftFile, RUN_FOLDER, RUN_PARENT } from "./protocol.ts";

/** Processes that lost a neighbour fail soon after it; who was first is told apart within this time. */
const SETTLE_MS = 500;
/** After a failure, processes that are asked end by themselves; one that waits inside MLX cannot. */
const GRACE_MS = 2_000;
/** After the signal they finish a step together and write a checkpoint. */
const STOP_SECONDS = 600;
/** Exit codes of a program that was interrupted, and of one that was called the wrong way. */
const INTERRUPTED = 130;
const USAGE = 2;
const WATCH_MS = 250;
/** Before the first step there are the start, the model and what that step compiles. */
const START_SHARE = 10;
/** Of a failed process's messages, what an error quotes. */
const TAIL_CHARS = 2_000;

export interface LaunchOptions {
  hosts: readonly Host[];
  /** Program and arguments of each process. */
  command: readonly string[];
  /** Added to this process's own environment. */
  environment?: Readonly<Record<string, string>>;
  /** Seconds without a step of any process after which a run counts as hung, ten times as many before the first; 0: for ever. */
  hangSeconds?: number;
  /** Asks all processes to stop. */
  signal?: AbortSignal;
  /** Seconds that they have for it; 600 by default. */
  stopSeconds?: number;
  /** Takes what processes write to stdout. Without it the first one's output is this process's own, and the rest goes. */
  onLine?: (rank: number, line: string) => void;
}

interface Rank {
  rank: number;
  process: Bun.Subprocess;
  /** The end of its stderr; empty where that is passed through. */
  tail: { text: string };
  ended: Promise<void>;
}

/**
 * Runs the command once per host over MLX's ring, and returns when all have ended well.
 *
 * @throws MdpError `rank-failed` naming the process that failed first, `rank-hung` naming those that are behind,
 * `remote-hosts` for machines other than this; InterruptedError when the signal came. No process is left.
 */
export async function launchRanks(options: LaunchOptions): Promise<void> {
  checkLocal(options.hosts, options.command);
  const folder = await mkdtemp(join(tmpdir(), "mdp-run-"));
  const ranks: Rank[] = [];
  try {
    const ports = freePorts(options.hosts.length);
    const hostFile = join(folder, "hosts.json");
    await writeFile(hostFile, JSON.stringify(ringAddresses(options.hosts, (rank) => ports[rank]!)));
    for (const rank of options.hosts.keys()) ranks.push(start(rank, folder, hostFile, options));
    await firstTrouble(ranks, folder, options);
  } finally {
    await endAll(ranks);
    await rm(folder, { recursive: true, force: true });
  }
}

function start(rank: number, folder: string, hostFile: string, options: LaunchOptions): Rank {
  const { onLine } = options;
  const shown = rank === 0 && onLine === undefined;
  const child = Bun.spawn([...options.command], {
    stdin: "ignore",
    stdout: onLine ? "pipe" : shown ? "inherit" : "ignore",
    stderr: shown ? "inherit" : "pipe",
    // Ctrl-C reaches this process only, which asks each of them once.
    detached: true,
    env: {
      ...process.env,
      ...options.environment,
      MLX_HOSTFILE: hostFile,
      MLX_RANK: String(rank),
      [RUN_FOLDER]: folder,
      [RUN_PARENT]: String(process.pid),
    },
  });
  const tail = { text: "" };
  const reading = [keepTail(child.stderr, tail)];
  if (onLine) reading.push(passLines(child.stdout, (line) => onLine(rank, line)));
  return { rank, process: child, tail, ended: Promise.all([child.exited, ...reading]).then(() => {}) };
}

type Output = ReadableStream<Uint8Array<ArrayBuffer>> | number | undefined;

async function keepTail(output: Output, tail: { text: string }): Promise<void> {
  if (!(output instanceof ReadableStream)) return;
  const decoder = new TextDecoder();
  for await (const part of output) tail.text = (tail.text + decoder.decode(part, { stream: true })).slice(-TAIL_CHARS);
}

async function passLines(output: Output, take: (line: string) => void): Promise<void> {
  if (!(output instanceof ReadableStream)) return;
  const decoder = new TextDecoder();
  let open = "";
  for await (const part of output) {
    const lines = (open + decoder.decode(part, { stream: true })).split("\n");
    open = lines.pop()!;
    for (const line of lines) take(line);
  }
  if (open !== "") take(open);
}

/** Returns when all processes have ended well; throws at the first that has not, and when none goes on. */
async function firstTrouble(ranks: readonly Rank[], folder: string, options: LaunchOptions): Promise<void> {
  const { signal, hangSeconds = 0 } = options;
  const watch = new Watch(ranks, folder, hangSeconds);
  while (true) {
    await someEnd(ranks);
    if (signal?.aborted) return await stopped(ranks, options);
    if (ranks.some(failed)) throw await failureOf(ranks, folder);
    if (running(ranks).length === 0) return;
    watch.check();
  }
}

/** Waits until a process has ended, but not for long. */
async function someEnd(ranks: readonly Rank[]): Promise<void> {
  const left = running(ranks);
  const ends = left.length > 0 ? left : ranks;
  await Promise.race([...ends.map(({ ended }) => ended), Bun.sleep(WATCH_MS)]);
}

/** Asks all processes once and waits for them, unless one fails over it: the others would wait for that one. */
async function stopped(ranks: readonly Rank[], { stopSeconds = STOP_SECONDS }: LaunchOptions): Promise<never> {
  const until = performance.now() + stopSeconds * 1000;
  for (const rank of running(ranks)) send(rank, "SIGTERM");
  while (running(ranks).length > 0 && !ranks.some(fell) && performance.now() < until) await someEnd(ranks);
  throw new InterruptedError();
}

/** Whether it ended otherwise than by being asked. */
function fell(rank: Rank): boolean {
  const { exitCode, signalCode } = rank.process;
  return failed(rank) && exitCode !== INTERRUPTED && signalCode !== "SIGTERM";
}

function running(ranks: readonly Rank[]): Rank[] {
  return ranks.filter(({ process: { exitCode, signalCode } }) => exitCode === null && signalCode === null);
}

function failed({ process: { exitCode, signalCode } }: Rank): boolean {
  return signalCode !== null || (exitCode !== null && exitCode !== 0);
}

/** Says which process fell first. */
async function failureOf(ranks: readonly Rank[], folder: string): Promise<MdpError> {
  await Bun.sleep(SETTLE_MS);
  const [shown] = ranks;
  const culprit = firstFailed(ranks, folder);
  if (
    shown!.process.exitCode === USAGE &&
    culprit.process.exitCode === USAGE &&
    !(shown!.process.stderr instanceof ReadableStream)
  ) {
    return new UsageError("the processes refused their settings, as the first one says above");
  }
  // What it wrote last may still be on its way.
  await Promise.race([culprit.ended, Bun.sleep(GRACE_MS)]);
  const { exitCode, signalCode } = culprit.process;
  const tail = culprit.tail.text.trim();
  return new MdpError({
    code: "rank-failed",
    message:
      `process ${culprit.rank} of ${ranks.length} ` +
      `${signalCode === null ? `ended with code ${exitCode}` : `was killed by ${signalCode}`}; the others were ended` +
      (tail === "" ? "" : `. It wrote:\n${tail}`),
    hint: signalCode === "SIGKILL" ? "it may have run out of memory: take a smaller batch, or fewer hosts" : undefined,
  });
}

/** One that was killed rather than one that then missed it; else one that never joined; else the first to leave. */
function firstFailed(ranks: readonly Rank[], folder: string): Rank {
  const fallen = ranks.filter(failed);
  const left = linesOf(leftFile(folder));
  return (
    fallen.find(({ process }) => process.signalCode !== null) ??
    fallen.find(({ rank }) => !left.includes(rank)) ??
    fallen.toSorted((a, b) => left.indexOf(a.rank) - left.indexOf(b.rank))[0]!
  );
}

function linesOf(path: string): number[] {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").map(Number);
  } catch {
    return []; // Nobody has left.
  }
}

/** Sees when no process makes a step any more. */
class Watch {
  readonly #ranks: readonly Rank[];
  readonly #folder: string;
  readonly #limitMs: number;
  #seen = "";
  #looked = performance.now();
  #waitedMs = 0;

  constructor(ranks: readonly Rank[], folder: string, seconds: number) {
    this.#ranks = ranks;
    this.#folder = folder;
    this.#limitMs = seconds * 1000;
  }

  check(): void {
    if (this.#limitMs === 0) return;
    const beats = this.#ranks.map(({ rank }) => readBeat(beatFile(this.#folder, rank)));
    const now = performance.now();
    // A machine that stands still for a while is no run that hangs.
    this.#waitedMs += Math.min(now - this.#looked, 2 * WATCH_MS);
    this.#looked = now;
    const limitMs = beats.some((beat) => beat > 0) ? this.#limitMs : this.#limitMs * START_SHARE;
    if (beats.join() !== this.#seen) {
      this.#seen = beats.join();
      this.#waitedMs = 0;
    } else if (this.#waitedMs > limitMs) {
      // Nobody can be more than one step ahead of the one that the others wait for.
      const least = Math.min(...beats);
      const behind = this.#ranks.filter(({ rank }) => beats[rank] === least).map(({ rank }) => rank);
      throw new MdpError({
        code: "rank-hung",
        message:
          `no process made a step for ${limitMs / 1000} s; ` +
          `behind, at step ${least}: ${behind.length === 1 ? "process" : "processes"} ${behind.join(", ")}; all were ended`,
        hint: "allow more seconds if steps take that long",
      });
    }
  }
}

function readBeat(path: string): number {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0; // No step yet.
  }
}

/** Asks what still runs to end, then ends it. */
async function endAll(ranks: readonly Rank[]): Promise<void> {
  const left = running(ranks);
  if (left.length > 0) {
    for (const rank of left) send(rank, "SIGTERM");
    await Promise.race([Promise.all(left.map(({ process }) => process.exited)), Bun.sleep(GRACE_MS)]);
    for (const rank of running(ranks)) send(rank, "SIGKILL");
  }
  await Promise.all(ranks.map(({ ended }) => ended));
}

/** To the process and what it started: each leads a group of its own. */
function send({ process: child }: Rank, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}
