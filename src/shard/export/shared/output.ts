/** A file that is written through a buffer, so that small parts are cheap. */
import { NewFile } from "../../../core/new-file.ts";

const bufferBytes = 4 << 20;

export class Output {
  readonly #file: NewFile;
  readonly #buffer = new Uint8Array(bufferBytes);
  #buffered = 0;
  /** Bytes that were written so far. */
  size = 0;

  private constructor(file: NewFile) {
    this.#file = file;
  }

  static async create(path: string): Promise<Output> {
    return new Output(await NewFile.create(path));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.length;
    if (this.#buffered + bytes.length > bufferBytes) await this.#flush();
    if (bytes.length > bufferBytes) {
      await this.#file.append(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  async commit(): Promise<void> {
    await this.#flush();
    await this.#file.commit();
  }

  discard(): Promise<void> {
    return this.#file.discard();
  }

  async #flush(): Promise<void> {
    if (this.#buffered > 0) await this.#file.append(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }
}

/** Commits files in order, or discards all. */
export async function commitAll(outputs: readonly Output[]): Promise<void> {
  for (const output of outputs) await output.commit();
}

export async function discardAll(outputs: readonly Output[]): Promise<void> {
  for (const output of outputs) await output.discard();
}
