/**
 * NumPy's formats: one uncompressed `.npz` per shard, which `numpy.load` reads. Each tensor is a member `<name>.npy`
 * whose numbers begin at a multiple of 64 bytes of the file, so that they can be mapped; the metadata is the member
 * `metadata.json`.
 */
import type { ShardFormat, TensorPlace, TensorType } from "./format.ts";
import { checkedContents, damaged, inFileOrder, rawBytes, readPart, sortedEntries } from "./shared/tensors.ts";
import { decodeZip, encodeZip, type ZipMember } from "./shared/zip.ts";

const metadataName = "metadata.json";
const magic = [0x93, ...Buffer.from("NUMPY"), 1, 0];
const headerAlignment = 64;

const typeNames: Readonly<Record<TensorType, string>> = {
  U8: "|u1",
  U16: "<u2",
  U32: "<u4",
  I32: "<i4",
  U64: "<u8",
  I64: "<i8",
};

const npy: ShardFormat = {
  name: "npy",
  extension: ".npz",

  encode(tensors, metadata) {
    const members: ZipMember[] = inFileOrder(tensors).map(({ name, dtype, shape, data }) => ({
      name: `${name}.npy`,
      parts: [header(dtype, shape), rawBytes(data)],
    }));
    const text = JSON.stringify(Object.fromEntries(sortedEntries(metadata)));
    return encodeZip([{ name: metadataName, parts: [Buffer.from(text)] }, ...members]);
  },

  decode(size, read) {
    const part = (offset: number, bytes: number) => readPart("npy", size, read, offset, bytes);
    let metadata: Record<string, string> = {};
    const tensors: TensorPlace[] = [];
    for (const { name, offset, bytes } of decodeZip(size, part)) {
      if (name === metadataName) metadata = parseMetadata(part(offset, bytes));
      else if (name.endsWith(".npy")) tensors.push(placeOf(name.slice(0, -4), offset, bytes, part));
      else throw damaged("npy", `it holds "${name}", which is no array`);
    }
    return checkedContents("npy", size, metadata, tensors);
  },
};
export default npy;

/** An npy header, version 1.0. */
function header(dtype: TensorType, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${typeNames[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = magic.length + 2;
  const total = Math.ceil((start + text.length + 1) / headerAlignment) * headerAlignment;
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set(magic);
  new DataView(bytes.buffer).setUint16(magic.length, total - start, true);
  bytes.set(Buffer.from(text), start);
  bytes[total - 1] = 0x0a;
  return bytes;
}

function placeOf(
  name: string,
  offset: number,
  bytes: number,
  part: (offset: number, bytes: number) => Uint8Array,
): TensorPlace {
  const start = magic.length + 2;
  const prefix = bytes < start ? new Uint8Array(start) : part(offset, start);
  if (magic.some((byte, index) => prefix[index] !== byte)) throw damaged("npy", `"${name}" does not begin like npy`);
  const length = prefix[8]! | (prefix[9]! << 8);
  if (start + length > bytes) throw damaged("npy", `the header of "${name}" is cut`);
  const text = Buffer.from(part(offset + start, length)).toString("latin1");
  const fields = /^\{'descr': '([^']*)', 'fortran_order': False, 'shape': \(([\d, ]*)\), *\}\s*$/.exec(text);
  const dtype = Object.entries(typeNames).find(([, descr]) => descr === fields?.[1])?.[0] as TensorType | undefined;
  if (!fields || !dtype) throw damaged("npy", `the header of "${name}" cannot be read`);
  const shape = fields[2]!
    .split(",")
    .filter((n) => n.trim() !== "")
    .map(Number);
  return { name, dtype, shape, offset: offset + start + length, bytes: bytes - start - length };
}

function parseMetadata(bytes: Uint8Array): Record<string, string> {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Record<string, string>;
  } catch (cause) {
    throw damaged("npy", "its metadata is not JSON", cause);
  }
}
