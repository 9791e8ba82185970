/** Where each document's line begins, on disk: 8 bytes for each document. */
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";

const BUFFERED = 1 << 16;

export interface LinePlace {
  /** Index of the file. */
  file: number;
  /** Byte at which the line begins, and the document's position among those of the file. */
  offset: number;
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
  add(file: number, offset: number): void {
    if (this.#files.at(-1)?.file !== file) this.#files.push({ file, first: this.#count });
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
    return { file, offset: this.#offset(document), position: document - first };
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
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, start + done);
    }
  }
}
