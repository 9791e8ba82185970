/** A log that several processes append to: whole lines, and a bounded number of files of a bounded size. */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { messageOf } from "./errors.ts";

export interface LogFileOptions {
  /** Made when the first line is written. */
  dir: string;
  maxBytes?: number;
  /** The one that is written, and those before it. */
  maxFiles?: number;
  /** Told once why lines are lost from then on. */
  onFailure: (reason: string) => void;
}

const NAME = "mdp";
const MAX_BYTES = 4_000_000;
const MAX_FILES = 5;
/** Somebody who rotates needs milliseconds; after this long nobody does any more. */
const STALE_MS = 10_000;
const NEWLINE = 10;

/** The path of a log file: 0 is the one that is written, 1 the one before it. */
export function logPath(dir: string, age: number): string {
  return join(dir, age === 0 ? `${NAME}.jsonl` : `${NAME}.${age}.jsonl`);
}

export class LogFile implements Disposable {
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #onFailure: (reason: string) => void;
  #handle: number | undefined;
  #broken = false;

  constructor({ dir, maxBytes = MAX_BYTES, maxFiles = MAX_FILES, onFailure }: LogFileOptions) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
    this.#maxFiles = maxFiles;
    this.#onFailure = onFailure;
  }

  /** Appends a line with its newline. It never throws: a log that cannot be written is told of once, and left. */
  append(line: string): void {
    if (this.#broken) return;
    try {
      const bytes = Buffer.from(line);
      const handle = this.#open(bytes.length);
      // One write to a file in append mode is one piece of it, whoever else writes. A part of one is a full disk.
      if (writeSync(handle, bytes) < bytes.length) throw new Error("the disk is full");
    } catch (error) {
      this.#broken = true;
      this.#close();
      this.#onFailure(`${logPath(this.#dir, 0)}: ${messageOf(error)}`);
    }
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  /** The file to write to: the one that has the name now, rotated when it has no room. */
  #open(bytes: number): number {
    const path = logPath(this.#dir, 0);
    const there = statSync(path, { throwIfNoEntry: false });
    if (there && there.size > 0 && there.size + bytes > this.#maxBytes) this.#rotate(there.ino, bytes);
    const now = statSync(path, { throwIfNoEntry: false });
    if (this.#handle !== undefined && (!now || fstatSync(this.#handle).ino !== now.ino)) this.#close();
    if (this.#handle === undefined) {
      mkdirSync(this.#dir, { recursive: true });
      this.#handle = openSync(path, "a+");
      endLastLine(this.#handle);
    }
    return this.#handle;
  }

  /** One process rotates; the others go on in the file that they have until the name leads to a new one. */
  #rotate(inode: number, bytes: number): void {
    const lock = join(this.#dir, "rotate.lock");
    try {
      closeSync(openSync(lock, "wx"));
    } catch {
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
      if (since !== undefined && Date.now() - since > STALE_MS) rmSync(lock, { force: true });
      return;
    }
    try {
      const there = statSync(logPath(this.#dir, 0), { throwIfNoEntry: false });
      if (!there || there.ino !== inode || there.size + bytes <= this.#maxBytes) return;
      rmSync(logPath(this.#dir, this.#maxFiles - 1), { force: true });
      for (let age = this.#maxFiles - 2; age >= 0; age--) {
        const path = logPath(this.#dir, age);
        if (existsSync(path)) renameSync(path, logPath(this.#dir, age + 1));
      }
    } finally {
      rmSync(lock, { force: true });
    }
  }

  #close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}

/** Where a file system does not make one wait for it: time for a line that another process is writing to get its end. */
const SETTLE_MS = 5;

/** A line that a full disk or a power cut left open is ended, so that it spoils no other. */
function endLastLine(handle: number): void {
  const open = openEnd(handle);
  if (open === undefined) return;
  awaitWrite(handle);
  if (openEnd(handle) === open) writeSync(handle, "\n");
}

/** A line over two pages can be seen half written. Who changes a file's mode waits for a write to it that is under way. */
function awaitWrite(handle: number): void {
  try {
    fchmodSync(handle, fstatSync(handle).mode & 0o7777);
  } catch {
    // It is another user's.
  }
  Bun.sleepSync(SETTLE_MS);
}

/** The size of a file whose last line has no end; undefined for others. */
function openEnd(handle: number): number | undefined {
  const { size } = fstatSync(handle);
  const last = new Uint8Array(1);
  return size > 0 && readSync(handle, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE ? size : undefined;
}
