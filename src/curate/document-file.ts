/**
 * Documents on disk between two stages: compressed blocks behind each other, an index of the blocks at the end. Written
 * once in order; read in order, or one document at a time.
 *
 * Layout: blocks (zstd; each document as u32 bytes of its record, u32 bytes of its text, both in UTF-8), then the index
 * (u64 offset, u32 compressed bytes, u32 first document of each block), then u32 blocks, u32 documents, `MDPD`, u32 1.
 * Little-endian.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Metadata } from "../core/document.ts";
import { MdpError } from "../core/errors.ts";
import { NewFile } from "../core/new-file.ts";
import type { Curated } from "./step.ts";

/** What is kept of a document beside its text. */
export interface DocumentRecord {
  uri: string;
  kind: string;
  title: string;
  lang: string | null;
  metadata: Metadata;
  scores: Curated["scores"];
  tags: Curated["tags"];
}

/** A row's own id, so that documents keep it through several runs; else where the document came from. */
export function idOfDocument({ uri, metadata }: Pick<DocumentRecord, "uri" | "metadata">): string {
  const { id } = metadata;
  return (typeof id === "string" && id !== "") || typeof id === "number" ? String(id) : uri;
}

const MAGIC = 0x4450444d;
const VERSION = 1;
const TRAILER_BYTES = 16;
const ENTRY_BYTES = 16;
/** Large enough to compress well, small enough to be read for one document. */
const BLOCK_BYTES = 256_000;
const LEVEL = 1;

export class DocumentFileWriter {
  readonly #file: NewFile;
  readonly #encoder = new TextEncoder();
  #block = new Uint8Array(2 * BLOCK_BYTES);
  #used = 0;
  #index: { offset: number; bytes: number; first: number }[] = [];
  #offset = 0;
  #blockFirst = 0;
  #count = 0;

  private constructor(file: NewFile) {
    this.#file = file;
  }

  /** The file appears under its name when it is finished. */
  static async create(path: string): Promise<DocumentFileWriter> {
    return new DocumentFileWriter(await NewFile.create(path));
  }

  get count(): number {
    return this.#count;
  }

  async add(record: DocumentRecord, text: string): Promise<void> {
    const meta = JSON.stringify(record);
    // UTF-8 takes at most three bytes for a UTF-16 code unit.
    this.#reserve(8 + 3 * (meta.length + text.length));
    const view = new DataView(this.#block.buffer);
    const metaBytes = this.#encoder.encodeInto(meta, this.#block.subarray(this.#used + 8)).written;
    const textBytes = this.#encoder.encodeInto(text, this.#block.subarray(this.#used + 8 + metaBytes)).written;
    view.setUint32(this.#used, metaBytes, true);
    view.setUint32(this.#used + 4, textBytes, true);
    this.#used += 8 + metaBytes + textBytes;
    this.#count++;
    if (this.#used >= BLOCK_BYTES) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    const tail = new DataView(new ArrayBuffer(this.#index.length * ENTRY_BYTES + TRAILER_BYTES));
    this.#index.forEach(({ offset, bytes, first }, i) => {
      tail.setBigUint64(i * ENTRY_BYTES, BigInt(offset), true);
      tail.setUint32(i * ENTRY_BYTES + 8, bytes, true);
      tail.setUint32(i * ENTRY_BYTES + 12, first, true);
    });
    const end = this.#index.length * ENTRY_BYTES;
    tail.setUint32(end, this.#index.length, true);
    tail.setUint32(end + 4, this.#count, true);
    tail.setUint32(end + 8, MAGIC, true);
    tail.setUint32(end + 12, VERSION, true);
    await this.#file.append(new Uint8Array(tail.buffer));
    await this.#file.commit();
  }

  async discard(): Promise<void> {
    await this.#file.discard();
  }

  async #flush(): Promise<void> {
    if (this.#used === 0) return;
    const packed = Bun.zstdCompressSync(this.#block.subarray(0, this.#used), { level: LEVEL });
    await this.#file.append(packed);
    this.#index.push({ offset: this.#offset, bytes: packed.length, first: this.#blockFirst });
    this.#offset += packed.length;
    this.#blockFirst = this.#count;
    this.#used = 0;
    if (this.#block.length > 16 * BLOCK_BYTES) this.#block = new Uint8Array(2 * BLOCK_BYTES);
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#block.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#block.length, this.#used + bytes));
    grown.set(this.#block.subarray(0, this.#used));
    this.#block = grown;
  }
}

interface Block {
  number: number;
  bytes: Uint8Array;
  /** Where each document of the block starts. */
  starts: number[];
}

/** Blocks of one file that stay decompressed: looks at single documents come in clusters. */
const CACHED_BLOCKS = 4;

export class DocumentFile implements Disposable {
  readonly count: number;
  readonly #path: string;
  readonly #fd: number;
  readonly #index: DataView;
  readonly #blocks: number;
  readonly #cache: Block[] = [];

  /** @throws MdpError when the file is missing, cut off or of another kind */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, "r");
    const size = fstatSync(this.#fd).size;
    const trailer = size >= TRAILER_BYTES ? this.#read(size - TRAILER_BYTES, TRAILER_BYTES) : undefined;
    if (trailer?.getUint32(8, true) !== MAGIC || trailer.getUint32(12, true) !== VERSION) throw this.#damaged();
    this.#blocks = trailer.getUint32(0, true);
    this.count = trailer.getUint32(4, true);
    const indexBytes = this.#blocks * ENTRY_BYTES;
    if (indexBytes + TRAILER_BYTES > size) throw this.#damaged();
    this.#index = this.#read(size - TRAILER_BYTES - indexBytes, indexBytes);
  }

  /** The text of one document, by its number in the file. */
  text(number: number): string {
    const { bytes, at } = this.#find(number);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const metaBytes = view.getUint32(at, true);
    return utf8(bytes, at + 8 + metaBytes, view.getUint32(at + 4, true));
  }

  record(number: number): DocumentRecord {
    const { bytes, at } = this.#find(number);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return JSON.parse(utf8(bytes, at + 8, view.getUint32(at, true))) as DocumentRecord;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #find(number: number): { bytes: Uint8Array; at: number } {
    const block = this.#block(this.#blockOf(number));
    return { bytes: block.bytes, at: block.starts[number - this.#first(block.number)]! };
  }

  #first(block: number): number {
    return this.#index.getUint32(block * ENTRY_BYTES + 12, true);
  }

  /** Binary search over the blocks' first documents. */
  #blockOf(number: number): number {
    let low = 0;
    let high = this.#blocks - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#first(middle) <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #block(number: number): Block {
    const at = this.#cache.findIndex((block) => block.number === number);
    if (at !== -1) {
      const [block] = this.#cache.splice(at, 1);
      this.#cache.unshift(block!);
      return block!;
    }
    const offset = Number(this.#index.getBigUint64(number * ENTRY_BYTES, true));
    const packed = this.#read(offset, this.#index.getUint32(number * ENTRY_BYTES + 8, true));
    const bytes = this.#unpack(new Uint8Array(packed.buffer));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const starts: number[] = [];
    for (let i = 0; i < bytes.length; i += 8 + view.getUint32(i, true) + view.getUint32(i + 4, true)) starts.push(i);
    this.#cache.unshift({ number, bytes, starts });
    if (this.#cache.length > CACHED_BLOCKS) this.#cache.pop();
    return this.#cache[0]!;
  }

  #unpack(packed: Uint8Array): Uint8Array {
    try {
      return Bun.zstdDecompressSync(packed);
    } catch {
      throw this.#damaged();
    }
  }

  #read(offset: number, bytes: number): DataView {
    const part = new Uint8Array(bytes);
    for (let done = 0; done < bytes; ) {
      const count = readSync(this.#fd, part, done, bytes - done, offset + done);
      if (count === 0) throw this.#damaged();
      done += count;
    }
    return new DataView(part.buffer);
  }

  #damaged(): MdpError {
    return new MdpError({
      code: "staging-damaged",
      message: "the file of staged documents is damaged",
      where: this.#path,
      hint: "remove the output's staging folder and run again",
    });
  }
}

function utf8(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("utf8");
}
