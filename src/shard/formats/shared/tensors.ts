/** Element types, their sizes and views, and the checks that every format makes of what it reads. */
import { assert, MdpError } from "../../../core/errors.ts";
import type { ShardContents, Tensor, TensorData, TensorPlace, TensorType } from "../format.ts";

/** Bytes of one element. */
export const itemBytes: Readonly<Record<TensorType, number>> = { U8: 1, U16: 2, U32: 4, I32: 4, U64: 8, I64: 8 };

const views: Readonly<Record<TensorType, new (buffer: ArrayBuffer, offset: number, length: number) => TensorData>> = {
  U8: Uint8Array,
  U16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
};

/** The bytes behind a typed array, not copied: little-endian, as all formats want and every platform has. */
export function rawBytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A tensor's elements as a view of the file's bytes; copied only where the bytes are not aligned in memory. */
export function viewTensor(place: TensorPlace, file: Uint8Array): TensorData {
  const size = itemBytes[place.dtype];
  const bytes = file.subarray(place.offset, place.offset + place.bytes);
  const aligned = bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
  return new views[place.dtype](aligned.buffer as ArrayBuffer, aligned.byteOffset, place.bytes / size);
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Tensors in their order in a file: wide elements first, so that each is aligned without gaps, then by name. */
export function inFileOrder(tensors: readonly Tensor[]): Tensor[] {
  for (const { name, shape, data } of tensors) {
    assert(data.length === countOf(shape), `tensor ${name} fills its shape`);
  }
  return tensors.toSorted((a, b) => itemBytes[b.dtype] - itemBytes[a.dtype] || (a.name < b.name ? -1 : 1));
}

/** Metadata with sorted keys. */
export function sortedEntries(metadata: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Contents whose tensors are sorted by name and lie inside the file. */
export function checkedContents(
  format: string,
  size: number,
  metadata: Record<string, string>,
  tensors: TensorPlace[],
): ShardContents {
  for (const { name, dtype, shape, offset, bytes } of tensors) {
    if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || !Number.isSafeInteger(offset) || offset < 0) {
      throw damaged(format, `tensor "${name}" has no valid place`);
    }
    if (countOf(shape) * itemBytes[dtype] !== bytes) {
      throw damaged(
        format,
        `tensor "${name}" has ${bytes} bytes, its shape takes ${countOf(shape) * itemBytes[dtype]}`,
      );
    }
    if (offset + bytes > size) {
      throw damaged(format, `tensor "${name}" ends at byte ${offset + bytes}, the file has ${size}`);
    }
    if (offset % itemBytes[dtype] !== 0) throw damaged(format, `tensor "${name}" is not aligned`);
  }
  return { metadata, tensors: tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** A part of a file that must be there. */
export function readPart(
  format: string,
  size: number,
  read: (offset: number, bytes: number) => Uint8Array,
  offset: number,
  bytes: number,
): Uint8Array {
  if (!Number.isSafeInteger(offset + bytes) || offset < 0 || bytes < 0 || offset + bytes > size) {
    throw damaged(format, `it has ${size} bytes and refers to bytes ${offset} to ${offset + bytes}`);
  }
  return read(offset, bytes);
}

/** The error of a file that is not what its name says. */
export function damaged(format: string, reason: string, cause?: unknown): MdpError {
  return new MdpError({
    code: "shard-damaged",
    message: `this is no complete ${format} shard: ${reason}`,
    hint: "run `mdp shard verify` to see which shards are damaged, and write them again",
    cause,
  });
}
