/**
 * Which split each document of earlier runs went to: so that one that was assigned never moves, whatever joins its
 * cluster later. A file of u64, ascending: the upper 56 bits of a document's content hash, then its split in 8 bits.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { MdpError } from "../core/errors.ts";
import { NewFile } from "../core/new-file.ts";

const SPLIT_BITS = 0xffn;
/** Entries that are sorted at once; the key space is passed over several times when there are more. */
const PASS_ENTRIES = 1 << 23;

export const ledgerEntry = (key: bigint, split: number): bigint => (key & ~SPLIT_BITS) | BigInt(split);

/** Looks documents up in a ledger. */
export class SplitLedger implements Disposable {
  readonly #fd: number;
  readonly #count: number;
  readonly #one = new BigUint64Array(1);
  readonly #bytes = new Uint8Array(this.#one.buffer);

  /** @throws MdpError when the file is not a ledger */
  constructor(path: string) {
    this.#fd = openSync(path, "r");
    const { size } = fstatSync(this.#fd);
    this.#count = size / 8;
    if (Number.isInteger(this.#count)) return;
    closeSync(this.#fd);
    throw new MdpError({
      code: "ledger-damaged",
      message: `the ledger of splits has ${size} bytes, which is no multiple of 8`,
      where: path,
      hint: "remove it: documents are then assigned anew",
    });
  }

  /** The split of a document, or undefined when no earlier run had it. */
  splitOf(key: bigint): number | undefined {
    const wanted = key >> 8n;
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entry(middle) >> 8n < wanted) low = middle + 1;
      else high = middle;
    }
    if (low === this.#count) return undefined;
    const found = this.#entry(low);
    return found >> 8n === wanted ? Number(found & SPLIT_BITS) : undefined;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #entry(index: number): bigint {
    readSync(this.#fd, this.#bytes, 0, 8, index * 8);
    return this.#one[0]!;
  }
}

/** Writes a task's entries, in any order. */
export function writeEntries(path: string, entries: BigUint64Array): void {
  const fd = openSync(path, "w");
  try {
    const bytes = new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength);
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  } finally {
    closeSync(fd);
  }
}

/**
 * Joins an earlier ledger and the entries of tasks into a new ledger. Of several entries of one document the first file's
 * counts. Memory is bounded, however many documents there are.
 */
export async function joinLedgers(paths: readonly string[], out: string): Promise<void> {
  const total = paths.reduce((sum, path) => sum + Bun.file(path).size / 8, 0);
  const passes = Math.max(1, Math.ceil(total / PASS_ENTRIES));
  const file = await NewFile.create(out);
  for (let pass = 0; pass < passes; pass++) {
    const from = (BigInt(pass) << 64n) / BigInt(passes);
    const to = (BigInt(pass + 1) << 64n) / BigInt(passes);
    const known = new Map<bigint, bigint>();
    for (const path of paths) {
      for await (const entries of entriesOf(path)) {
        for (const entry of entries) {
          if (entry < from || entry >= to) continue;
          const key = entry >> 8n;
          if (!known.has(key)) known.set(key, entry);
        }
      }
    }
    const sorted = BigUint64Array.from(known.values()).sort();
    await file.append(new Uint8Array(sorted.buffer));
  }
  await file.commit();
}

async function* entriesOf(path: string): AsyncGenerator<BigUint64Array> {
  const fd = openSync(path, "r");
  try {
    const entries = new BigUint64Array(1 << 16);
    const bytes = new Uint8Array(entries.buffer);
    for (let position = 0; ; ) {
      const count = readSync(fd, bytes, 0, bytes.length, position);
      if (count === 0) return;
      position += count;
      yield entries.subarray(0, count / 8);
    }
  } finally {
    closeSync(fd);
  }
}
