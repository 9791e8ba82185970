/** Opens one file for a format: a plain file only, never blocking, closed whatever happens. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { MdpError, messageOf } from "../../core/errors.ts";
import { type FormatInput, HEAD_BYTES } from "../formats/format.ts";
import type { LineRange } from "../sources/source.ts";
import { packingOf, unpack, unpackedHead, unpackedName } from "./unpack.ts";

const PART_BYTES = 1 << 20;

export interface OpenInput extends FormatInput, AsyncDisposable {}

/** Fails with an `MdpError` that says what is wrong with the file. `range` limits what is read to some of its lines. */
export async function openInput(
  path: string,
  uri: string,
  signal?: AbortSignal,
  range?: LineRange,
): Promise<OpenInput> {
  // O_NONBLOCK: a FIFO that took the file's place since it was listed must not block.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw ioError(error);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      throw new MdpError({ code: "not-a-file", message: "it is no longer a plain file", hint: "run again" });
    }
    const head = new Uint8Array(Math.min(HEAD_BYTES, Math.max(stats.size, 4_096)));
    const read = await handle.read(head, 0, head.length, 0);
    async function* bytes(start: number, end: number) {
      const part = new Uint8Array(Math.min(PART_BYTES, Math.max(stats.size, HEAD_BYTES)));
      for (let position = start; position < end; ) {
        signal?.throwIfAborted();
        const { bytesRead } = await handle.read(part, 0, Math.min(part.length, end - position), position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield part.subarray(0, bytesRead);
      }
    }
    const all = () => bytes(0, Number.POSITIVE_INFINITY);
    const name = basename(path);
    const packing = packingOf(head, name);
    if (packing) {
      return {
        uri,
        path,
        name: unpackedName(name, packing),
        size: stats.size,
        fileSize: stats.size,
        stretch: undefined,
        head: await unpackedHead(all(), packing),
        slice: () => Promise.reject(noSlices()),
        bytes: () => unpack(all(), packing),
        [Symbol.asyncDispose]: () => handle.close(),
      };
    }
    return {
      uri,
      path,
      name,
      size: range ? range.end - range.start : stats.size,
      fileSize: stats.size,
      stretch: range && { start: range.start, end: range.end },
      head: head.subarray(0, read.bytesRead),
      slice: (start, end) => readSlice(handle, start, end, signal),
      bytes: range ? () => bytes(range.start, range.end) : all,
      ...(range && range.start > 0 ? { inside: { firstLine: range.firstLine, beginning: all } } : {}),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw ioError(error);
  }
}

function noSlices(): MdpError {
  return new MdpError({
    code: "compressed-file",
    message: "this format is read in pieces, and the file is compressed as a whole",
    hint: "decompress it first",
  });
}

async function readSlice(
  handle: FileHandle,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted();
  const bytes = new Uint8Array(Math.max(0, end - start));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done === bytes.length ? bytes : bytes.slice(0, done);
}

/** An operating system's error as one that names the next step. */
export function ioError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof MdpError || code === undefined) return error;
  const [name, hint] =
    code === "ENOENT"
      ? ["vanished", "the file was removed or renamed during the run; run again"]
      : code === "EACCES" || code === "EPERM"
        ? ["unreadable", "make the file readable, or leave it out with --exclude"]
        : ["unreadable", "check the file and its disk, then run again"];
  return new MdpError({ code: name!, message: messageOf(error), hint, cause: error });
}
