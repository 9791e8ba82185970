/** One file of the hub into its blob: taken up where it was left, verified by its hash, in place only when whole. */
import { existsSync, statSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { MdpError, messageOf } from "../../core/errors.ts";
import type { RemoteFile } from "./listing.ts";
import { type HubClient, repeated, request, Temporary, watched } from "./request.ts";

export interface BlobRequest {
  file: RemoteFile;
  /** Path of the file on the hub. */
  path: string;
  /** The blob's place. */
  blob: string;
  /** Bytes that are here now, of this file. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** Wrong contents are loaded anew so often. */
const MAX_WRONG = 2;

/** Where a file is collected until it is whole. */
export function incompletePath(blob: string): string {
  return `${blob}.incomplete`;
}

/** @throws MdpError when the hub does not give the contents that it promised, or the disk does not take them */
export async function downloadBlob(client: HubClient, { file, path, blob, onBytes }: BlobRequest): Promise<void> {
  const incomplete = incompletePath(blob);
  for (let wrong = 1; ; wrong++) {
    const part = await Part.open(incomplete, file);
    try {
      onBytes?.(part.size);
      let furthest = part.size;
      await repeated(client, file.name, async (progress) => {
        if (part.size === file.size) return;
        await fetchRest(client, path, part, (bytes) => {
          // A server that cuts every answer at the same place makes no progress.
          if (bytes > furthest) progress();
          furthest = Math.max(furthest, bytes);
          onBytes?.(bytes);
        });
      });
      const hash = part.hash();
      await part.close();
      if (hash === file.hash) return await rename(incomplete, blob);
      await rm(incomplete, { force: true });
      if (wrong < MAX_WRONG) continue;
      throw new MdpError({
        code: "hub-corrupt",
        message: `${file.name} does not have the hash that the hub promised: ${hash} instead of ${file.hash}`,
        where: client.endpoint + path,
        hint: "run the same command again; if it stays so, a proxy on the way or the hub changes the file",
      });
    } finally {
      await part.close();
    }
  }
}

async function fetchRest(client: HubClient, path: string, part: Part, onBytes: (bytes: number) => void): Promise<void> {
  const { file, size } = part;
  const { response, hubHeaders } = await request(client, path, file.name, size > 0 ? { range: `bytes=${size}-` } : {});
  if (response.status === 416) {
    await response.body?.cancel();
    await part.clear();
    throw new Temporary(`the server knows no byte ${size} of ${file.name}`);
  }
  checkEtag(file, hubHeaders, client.endpoint + path);
  const start =
    response.status === 206 ? Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]) : 0;
  if (start !== size) {
    // All of it, or another piece: begin again.
    await part.clear();
    if (start !== 0) {
      await response.body?.cancel();
      throw new Temporary(`the server sent another part of ${file.name} than it was asked for`);
    }
  }
  for await (const bytes of watched(client, response)) {
    if (part.size + bytes.length > file.size) {
      await part.clear();
      throw new Temporary(`the server sends more than the ${file.size} bytes of ${file.name}`);
    }
    await part.append(bytes);
    onBytes(part.size);
  }
  if (part.size < file.size) throw new Temporary(`the connection was cut at byte ${part.size} of ${file.size}`);
}

/** The hub's own word on the contents; that of a storage host behind it means something else. */
function checkEtag(file: RemoteFile, headers: Headers, where: string): void {
  const redirected = headers.get("location") !== null;
  const etag = headers.get("x-linked-etag") ?? (redirected ? null : headers.get("etag"));
  const value = etag?.replace(/^W\//, "").replaceAll('"', "");
  // Other than these two, a hash says nothing about the file.
  if (!value || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value) || value === file.hash) return;
  throw new MdpError({
    code: "hub-corrupt",
    message: `the hub serves other contents of ${file.name} (${value}) than it lists (${file.hash})`,
    where,
    hint: "run the same command again later",
  });
}

/** A file that grows, and the hash of what it holds. */
class Part {
  readonly file: RemoteFile;
  readonly #handle: FileHandle;
  readonly #path: string;
  #hasher: Bun.CryptoHasher;
  #size = 0;
  #open = true;

  private constructor(path: string, handle: FileHandle, file: RemoteFile) {
    this.#path = path;
    this.#handle = handle;
    this.file = file;
    this.#hasher = hasherOf(file);
  }

  /** What an earlier run left is hashed and kept; more than the file has is dropped. */
  static async open(path: string, file: RemoteFile): Promise<Part> {
    const known = existsSync(path) ? statSync(path).size : 0;
    try {
      const part = new Part(path, await open(path, known > 0 ? "r+" : "w", 0o644), file);
      if (known > file.size) await part.clear();
      else if (known > 0) for await (const bytes of Bun.file(path).stream()) part.#count(bytes);
      return part;
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#handle.write(bytes, done, bytes.length - done, this.#size + done)).bytesWritten;
      }
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
    this.#count(bytes);
  }

  async clear(): Promise<void> {
    await this.#handle.truncate(0);
    this.#size = 0;
    this.#hasher = hasherOf(this.file);
  }

  hash(): string {
    return this.#hasher.digest("hex");
  }

  /** What was written is on the disk when it returns. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  #count(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
    this.#size += bytes.length;
  }
}

/** A git hash covers the kind and the size before the contents. */
function hasherOf(file: RemoteFile): Bun.CryptoHasher {
  if (file.hash.length === 64) return new Bun.CryptoHasher("sha256");
  return new Bun.CryptoHasher("sha1").update(`blob ${file.size}\0`);
}

function unwritable(path: string, cause: unknown): MdpError {
  return new MdpError({
    code: "output-unwritable",
    message: `the download could not be written (${messageOf(cause)})`,
    where: path,
    hint: "make room there, or choose another place with HF_HUB_CACHE; what is here already is kept",
    cause,
  });
}
