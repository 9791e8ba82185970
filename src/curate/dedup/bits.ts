/** One bit for each document, in a file between two stages. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

export function bitsFor(count: number): Uint8Array {
  return new Uint8Array(Math.ceil(count / 8));
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return (bits[index >>> 3]! & (1 << (index & 7))) !== 0;
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3] = bits[index >>> 3]! | (1 << (index & 7));
}

/** Writes the bits under a temporary name first. */
export function writeBits(path: string, bits: Uint8Array): void {
  const temporary = `${path}.${process.pid}.partial`;
  const fd = openSync(temporary, "w");
  try {
    for (let done = 0; done < bits.length; ) done += writeSync(fd, bits, done, bits.length - done);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

export function readBits(path: string): Uint8Array {
  return readFileSync(path);
}
