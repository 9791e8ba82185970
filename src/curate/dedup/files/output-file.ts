/** A file that is written synchronously, in large pieces, and appears under its name only when it is complete. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { MdpError, messageOf } from "../../../core/errors.ts";

export class OutputFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #durable: boolean;
  #fd: number | undefined;

  /** A file that is not durable may be found damaged after the machine's power failed: it must be easy to make again. */
  constructor(path: string, durable = true) {
    this.#durable = durable;
    this.path = path;
    this.#temporary = `${path}.${process.pid}.partial`;
    this.#fd = this.#guard(() => openSync(this.#temporary, "w"));
  }

  /** Appends `bytes[from, to)`. */
  write(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    this.#guard(() => {
      for (let done = from; done < to; ) done += writeSync(this.#fd!, bytes, done, to - done);
    });
  }

  /** All is written; the file does not have its name yet. */
  close(): void {
    this.#guard(() => {
      if (this.#durable) fsyncSync(this.#fd!);
      this.#closeOnce();
    });
  }

  /** Gives the file its name. */
  publish(): void {
    if (this.#fd !== undefined) this.close();
    this.#guard(() => renameSync(this.#temporary, this.path));
  }

  discard(): void {
    this.#closeOnce();
    rmSync(this.#temporary, { force: true });
  }

  #closeOnce(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
  }
}

/** What is said when a file cannot be written, because there is no room or no permission. */
export function unwritable(path: string, cause: unknown): MdpError {
  return new MdpError({
    code: "output-unwritable",
    message: `the file could not be written (${messageOf(cause)})`,
    where: path,
    hint: "choose another place with --out, or make room there",
    cause,
  });
}
