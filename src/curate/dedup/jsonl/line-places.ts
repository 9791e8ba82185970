/** Where each document's id is to be read, on disk: 8 bytes for each document. */
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { unwritable } from "../files/output-file.ts";
import type { JsonLines } from "./json-lines.ts";

const BUFFERED = 1 << 16;
const NO_ID = Number.NEGATIVE_INFINITY;

export interface LinePlace {
  /** Index of the file. */
  file: number;
  /** Byte at which the id's value begins, or else the line; undefined when the document has no id. */
  idOffset: number | undefined;
  lineOffset: number | undefined;
  /** The document's position among those of the file. */
  position: number;
}

export class LinePlaces {
  readonly #path: string;
  readonly #fd: number;
  /** First document of each file that has one, with the file's index. */
  readonly #files: { file: number; first: number }[] = [];
  readonly #buffer = new Float64Array(BUFFERED);
  #count = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, "w+");
  }

  get count(): number {
    return this.#count;
  }

  /** Places are added in the order of documents. */
  add(file: number, base: number, lines: JsonLines): void {
    if (this.#files.at(-1)?.file !== file) this.#files.push({ file, first: this.#count });
    // Lines are told from ids by their sign.
    const offset = lines.wasDecoded ? -(base + lines.start) - 1 : lines.idStart < 0 ? NO_ID : base + lines.idStart;
    this.#buffer[this.#count % BUFFERED] = offset;
    this.#count++;
    if (this.#count % BUFFERED === 0) this.#write(BUFFERED);
  }

  of(document: number): LinePlace {
    let low = 0;
    for (let high = this.#files.length; high - low > 1; ) {
      const middle = (low + high) >>> 1;
      if (this.#files[middle]!.first <= document) low = middle;
      else high = middle;
    }
    const { file, first } = this.#files[low]!;
    const offset = this.#offset(document);
    return {
      file,
      idOffset: offset >= 0 ? offset : undefined,
      lineOffset: offset < 0 && offset !== NO_ID ? -offset - 1 : undefined,
      position: document - first,
    };
  }

  close(): void {
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
  }

  #offset(document: number): number {
    if (document >= this.#count - (this.#count % BUFFERED)) return this.#buffer[document % BUFFERED]!;
    const cell = new Float64Array(1);
    readSync(this.#fd, new Uint8Array(cell.buffer), 0, 8, document * 8);
    return cell[0]!;
  }

  #write(count: number): void {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, count * 8);
    const start = (this.#count - count) * 8;
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, start + done);
      }
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
  }
}
