/** One bit for each document, in a file between two stages. */
import { readFileSync } from "node:fs";
import { OutputFile } from "./output-file.ts";

export function bitsFor(count: number): Uint8Array {
  return new Uint8Array(Math.ceil(count / 8));
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return (bits[index >>> 3]! & (1 << (index & 7))) !== 0;
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3] = bits[index >>> 3]! | (1 << (index & 7));
}

export function writeBits(path: string, bits: Uint8Array, durable = false): void {
  const file = new OutputFile(path, durable);
  file.write(bits);
  file.publish();
}

export function readBits(path: string): Uint8Array {
  return readFileSync(path);
}
