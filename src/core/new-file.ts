/** A file that appears under its name only when it is complete. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { MdpError, messageOf } from "./errors.ts";

export class NewFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #size = 0;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  static async create(path: string): Promise<NewFile> {
    const temporary = `${path}.${process.pid}.partial`;
    try {
      return new NewFile(path, temporary, await open(temporary, "w"));
    } catch (cause) {
      throw failure(path, cause);
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#writeAt(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Replaces what was written before at a position. */
  async overwrite(bytes: Uint8Array, position: number): Promise<void> {
    await this.#writeAt(bytes, position);
  }

  async commit(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporary, this.path);
    } catch (cause) {
      await this.discard();
      throw failure(this.path, cause);
    }
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }

  async #writeAt(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw failure(this.path, cause);
    }
  }
}

/** Writes a file that is there whole, or as it was before. @throws MdpError `output-unwritable`, on a full disk too */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const file = await NewFile.create(path);
  try {
    await file.append(typeof content === "string" ? Buffer.from(content) : content);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit();
}

function failure(path: string, cause: unknown): MdpError {
  return new MdpError({
    code: "output-unwritable",
    message: `the file could not be written (${messageOf(cause)})`,
    where: path,
    hint: "choose another place with --out, or make room there",
    cause,
  });
}

/** The bytes of float32 numbers, which the formats want in little-endian order: that of every platform we run on. */
export function bytesOf(vectors: Float32Array): Uint8Array {
  return new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
}
