/** The first bytes of a file, read before MLX opens it. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { MlxError } from "../../ffi/errors.ts";

/** A file that is open for reading at given positions. */
export interface OpenFile {
  readonly size: number;
  /** `length` bytes from `position`, fewer at the end of the file. */
  read(position: number, length: number): Buffer;
}

/** Runs `use` on a regular file; an `MlxError` when there is none at the path. */
export function withFile<T>(operation: string, path: string, use: (file: OpenFile) => T): T {
  const descriptor = open(operation, path);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new MlxError(operation, "this is not a regular file", { where: path });
    return use({
      size: stat.size,
      read(position, length) {
        const bytes = Buffer.alloc(Math.min(length, Math.max(0, stat.size - position)));
        let done = 0;
        while (done < bytes.length) {
          const n = readSync(descriptor, bytes, done, bytes.length - done, position + done);
          if (n === 0) break;
          done += n;
        }
        return bytes.subarray(0, done);
      },
    });
  } finally {
    closeSync(descriptor);
  }
}

function open(operation: string, path: string): number {
  try {
    // Without waiting: a named pipe would block until someone writes to it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(cause);
    throw new MlxError(operation, reason, { where: path, cause });
  }
}

/** The error for a file whose content is not what its name says. */
export function damaged(operation: string, format: string, path: string, reason: string, cause?: unknown): MlxError {
  return new MlxError(operation, `not a valid ${format} file: ${reason}`, {
    where: path,
    hint: "fetch or write the file again",
    cause,
  });
}
