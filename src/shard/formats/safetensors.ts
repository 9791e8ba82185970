/** Safetensors: a JSON header, then the tensors without gaps, wide elements first so that each is aligned. */
import type { ShardFormat, TensorPlace, TensorType } from "./format.ts";
import {
  checkedContents,
  damaged,
  inFileOrder,
  itemBytes,
  rawBytes,
  readPart,
  sortedEntries,
  viewOf,
} from "./shared/tensors.ts";

const lengthBytes = 8;
/** The data begins at a multiple of this. */
const alignment = 8;
/** The limit of the format's own reader. */
const headerBytesMax = 100_000_000;

const safetensors: ShardFormat = {
  name: "safetensors",
  extension: ".safetensors",

  *encode(tensors, metadata) {
    const ordered = inFileOrder(tensors);
    const header: Record<string, unknown> = { __metadata__: Object.fromEntries(sortedEntries(metadata)) };
    let end = 0;
    for (const { name, dtype, shape, data } of ordered) {
      header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
      end += data.byteLength;
    }
    const text = Buffer.from(JSON.stringify(header));
    const padded = Math.ceil(text.length / alignment) * alignment;
    const bytes = new Uint8Array(lengthBytes + padded).fill(0x20);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
    bytes.set(text, lengthBytes);
    yield bytes;
    for (const { data } of ordered) yield rawBytes(data);
  },

  decode(size, read) {
    const part = (offset: number, bytes: number) => readPart("safetensors", size, read, offset, bytes);
    const length = Number(viewOf(part(0, lengthBytes)).getBigUint64(0, true));
    if (length > headerBytesMax) throw damaged("safetensors", `its header claims ${length} bytes`);
    const header = parse(part(lengthBytes, length));
    const { __metadata__: metadata, ...entries } = header;
    const base = lengthBytes + length;
    const tensors = Object.entries(entries).map(([name, entry]) => placeOf(name, entry, base));
    const end = tensors.reduce((last, { offset, bytes }) => Math.max(last, offset + bytes), base);
    if (end !== size) throw damaged("safetensors", `its tensors end at byte ${end}, the file has ${size}`);
    return checkedContents("safetensors", size, textsOf(metadata), tensors);
  },
};
export default safetensors;

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(header)) return header;
  } catch (cause) {
    throw damaged("safetensors", "its header is not JSON", cause);
  }
  throw damaged("safetensors", "its header is not a JSON object");
}

function placeOf(name: string, entry: unknown, base: number): TensorPlace {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (typeof dtype !== "string" || !Object.hasOwn(itemBytes, dtype)) {
    throw damaged("safetensors", `tensor "${name}" has the element type ${JSON.stringify(dtype)}`);
  }
  if (!isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2) {
    throw damaged("safetensors", `tensor "${name}" has no valid place`);
  }
  const [start, stop] = offsets as [number, number];
  return { name, dtype: dtype as TensorType, shape, offset: base + start, bytes: stop - start };
}

function textsOf(metadata: unknown): Record<string, string> {
  if (metadata === undefined || metadata === null) return {};
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw damaged("safetensors", "its metadata does not map names to texts");
  }
  return metadata as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => typeof n === "number");
}
