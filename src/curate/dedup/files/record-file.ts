/**
 * A file of sorted runs of records, in columns: what a task leaves behind for finding copies.
 * Records of 32-bit little-endian numbers, then a JSON footer, its length (u32) and a magic number (u32).
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { MdpError, messageOf } from "../../../core/errors.ts";
import { OutputFile } from "./output-file.ts";
import { sortRecords } from "./records.ts";

const MAGIC = 0x3164646d;
const READ_BYTES = 1 << 20;

/** One sorted run: `count` records of `words` numbers from byte `offset` on. */
export interface Run {
  column: string;
  words: number;
  offset: number;
  count: number;
}

interface Footer<M> {
  runs: Run[];
  meta: M;
}

/** Writes runs of one or more columns; each column buffers up to its share of memory, then sorts and writes a run. */
export class RecordWriter<M> {
  readonly #file: OutputFile;
  readonly #runs: Run[] = [];
  readonly #columns = new Map<string, Column>();
  readonly #bufferBytes: number;
  #offset = 0;

  /** `bufferBytes` is for each column; sorting takes the same again. For `durable` see `OutputFile`. */
  constructor(path: string, bufferBytes: number, durable = true) {
    this.#file = new OutputFile(path, durable);
    this.#bufferBytes = bufferBytes;
  }

  /** A column whose runs are sorted by their first `keys` numbers; 0 keeps the order in which they come. */
  column(name: string, words: number, keys: number): Column {
    const limit = Math.max(1, Math.floor(this.#bufferBytes / (4 * words))) * words;
    const column = new Column(words, limit, (records, count) => {
      const spare = keys > 0 ? new Uint32Array(count * words) : records;
      this.#write(name, words, sortRecords(records, spare, words, count, keys), count);
    });
    this.#columns.set(name, column);
    return column;
  }

  /** Writes what is buffered and the footer; the file then appears under its name. */
  finish(meta: M): void {
    for (const column of this.#columns.values()) column.flush();
    const footer = Buffer.from(JSON.stringify({ runs: this.#runs, meta } satisfies Footer<M>));
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(footer.length, 0);
    tail.writeUInt32LE(MAGIC, 4);
    this.#append(footer);
    this.#append(tail);
    this.#file.publish();
  }

  discard(): void {
    this.#file.discard();
  }

  #write(column: string, words: number, records: Uint32Array, count: number): void {
    this.#runs.push({ column, words, offset: this.#offset, count });
    this.#append(new Uint8Array(records.buffer, records.byteOffset, count * words * 4));
  }

  #append(bytes: Uint8Array): void {
    this.#file.write(bytes);
    this.#offset += bytes.length;
  }
}

/** The records of one column that are not yet written. `next()` gives the index of a record to fill in `records`. */
export class Column {
  records: Uint32Array;
  #length = 0;
  readonly #words: number;
  readonly #limit: number;
  readonly #write: (records: Uint32Array, count: number) => void;

  constructor(words: number, limit: number, write: (records: Uint32Array, count: number) => void) {
    this.#words = words;
    this.#limit = limit;
    this.#write = write;
    this.records = new Uint32Array(Math.min(limit, 1_024 * words));
  }

  next(): number {
    const at = this.#length;
    this.#length = at + this.#words;
    if (this.#length <= this.records.length) return at;
    if (this.records.length < this.#limit) {
      const larger = new Uint32Array(Math.min(this.#limit, this.records.length * 2));
      larger.set(this.records);
      this.records = larger;
      return at;
    }
    this.#length = at;
    this.flush();
    this.#length = this.#words;
    return 0;
  }

  add(record: ArrayLike<number>): void {
    const at = this.next();
    this.records.set(record, at);
  }

  flush(): void {
    if (this.#length === 0) return;
    this.#write(this.records, this.#length / this.#words);
    this.#length = 0;
  }
}

/** An open file of records. */
export class RecordReader<M> {
  readonly path: string;
  readonly runs: readonly Run[];
  readonly meta: M;
  readonly #fd: number;

  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, "r");
    } catch (cause) {
      throw damaged(path, messageOf(cause), cause);
    }
    try {
      const size = fstatSync(this.#fd).size;
      const tail = this.#bytes(size - 8, 8);
      const length = tail.readUInt32LE(0);
      if (tail.readUInt32LE(4) !== MAGIC || length > size - 8) throw damaged(path, "it does not end as it should");
      const footer = JSON.parse(this.#bytes(size - 8 - length, length).toString()) as Footer<M>;
      this.runs = footer.runs;
      this.meta = footer.meta;
    } catch (cause) {
      closeSync(this.#fd);
      throw cause instanceof MdpError ? cause : damaged(path, messageOf(cause), cause);
    }
  }

  /** Records `[first, end)` of a run. */
  read(run: Run, first: number, end: number, into: Uint32Array, at: number): void {
    const bytes = (end - first) * run.words * 4;
    const target = new Uint8Array(into.buffer, into.byteOffset + at * 4, bytes);
    this.#fill(target, run.offset + first * run.words * 4);
  }

  /** The borders of the records of a sorted run whose first number lies in `[low, high)`. */
  range(run: Run, low: number, high: number): [first: number, end: number] {
    return [this.#lowerBound(run, low), this.#lowerBound(run, high)];
  }

  /**
   * The records of a column, run after run, in blocks of about 1 MiB; the array is reused. Of sorted runs those whose
   * first number lies in `[low, high)`.
   */
  *blocks(
    column: string,
    low = 0,
    high = 0x1_0000_0000,
  ): Generator<{ records: Uint32Array; count: number; words: number }, void, undefined> {
    for (const run of this.runs) {
      if (run.column !== column) continue;
      const [from, end] = high - low < 0x1_0000_0000 ? this.range(run, low, high) : [0, run.count];
      const size = Math.max(1, Math.floor(READ_BYTES / (run.words * 4)));
      const records = new Uint32Array(Math.min(size, end - from) * run.words);
      for (let first = from; first < end; first += size) {
        const count = Math.min(size, end - first);
        this.read(run, first, first + count, records, 0);
        yield { records, count, words: run.words };
      }
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #lowerBound(run: Run, key: number): number {
    let low = 0;
    let high = run.count;
    if (key > 0xffff_ffff) return run.count;
    const cell = new Uint32Array(1);
    const bytes = new Uint8Array(cell.buffer);
    while (low < high) {
      const middle = (low + high) >>> 1;
      this.#fill(bytes, run.offset + middle * run.words * 4);
      if (cell[0]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #bytes(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    this.#fill(bytes, position);
    return bytes;
  }

  #fill(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const read = position < 0 ? 0 : readSync(this.#fd, bytes, done, bytes.length - done, position + done);
      if (read === 0) throw damaged(this.path, "it ends too early");
      done += read;
    }
  }
}

/** Whether a file of records is there and complete. */
export function isWhole(path: string): boolean {
  try {
    new RecordReader<unknown>(path).close();
    return true;
  } catch {
    return false;
  }
}

function damaged(path: string, why: string, cause?: unknown): MdpError {
  return new MdpError({
    code: "signatures-unreadable",
    message: `the signatures cannot be read: ${why}`,
    where: path,
    hint: "remove the file and run again, so that it is written anew",
    cause,
  });
}
