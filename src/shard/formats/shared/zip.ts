/** Zip archives whose members are stored uncompressed, each at a multiple of 64 bytes, without times or attributes. */
import { MdpError } from "../../../core/errors.ts";
import { damaged, viewOf } from "./tensors.ts";

export interface ZipMember {
  name: string;
  parts: readonly Uint8Array[];
}

/** Where a member's bytes lie. */
export interface ZipPlace {
  name: string;
  offset: number;
  bytes: number;
}

const localBytes = 30;
const centralBytes = 46;
const endBytes = 22;
const alignment = 64;
/** Id of the extra field that only fills space, as Android's zipalign writes it. */
const paddingId = 0xd935;
/** What 32-bit zip fields hold; zip64 would be needed above. */
const bytesMax = 0xffff_ffff;
/** 1980-01-01, the first day that zip knows. */
const date = 0x0021;

/** The archive in parts. */
export function* encodeZip(members: readonly ZipMember[]): Iterable<Uint8Array> {
  const central: Uint8Array[] = [];
  let position = 0;
  for (const { name, parts } of members) {
    const label = Buffer.from(name);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (position + bytes > bytesMax - 4096) throw tooLarge(position + bytes);
    const crc = parts.reduce((crc, part) => Bun.hash.crc32(part, crc), 0);
    const start = position + localBytes + label.length;
    // An extra field takes at least its own four bytes.
    const extra = (Math.ceil((start + 4) / alignment) * alignment - start) | 0;
    yield local(label, crc, bytes, extra);
    yield* parts;
    central.push(centralRecord(label, crc, bytes, position));
    position = start + extra + bytes;
  }
  const directoryBytes = central.reduce((sum, part) => sum + part.length, 0);
  yield* central;
  yield end(members.length, directoryBytes, position);
}

/** The members of an archive that `encodeZip` wrote, found by its central directory. */
export function decodeZip(size: number, part: (offset: number, bytes: number) => Uint8Array): ZipPlace[] {
  const last = viewOf(part(size - endBytes, endBytes));
  if (last.getUint32(0, true) !== 0x06054b50) throw damaged("npy", "it does not end like a zip archive");
  const count = last.getUint16(10, true);
  const directory = viewOf(part(last.getUint32(16, true), last.getUint32(12, true)));
  const members: ZipPlace[] = [];
  for (let at = 0; members.length < count; ) {
    if (at + centralBytes > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50) {
      throw damaged("npy", "its directory is damaged");
    }
    if (directory.getUint16(at + 10, true) !== 0) throw damaged("npy", "a member is compressed");
    const nameBytes = directory.getUint16(at + 28, true);
    if (at + centralBytes + nameBytes > directory.byteLength) throw damaged("npy", "its directory is damaged");
    const name = Buffer.from(directory.buffer, directory.byteOffset + at + centralBytes, nameBytes).toString();
    const start = directory.getUint32(at + 42, true);
    const head = viewOf(part(start, localBytes));
    if (head.getUint32(0, true) !== 0x04034b50) throw damaged("npy", `the member "${name}" is damaged`);
    const offset = start + localBytes + head.getUint16(26, true) + head.getUint16(28, true);
    members.push({ name, offset, bytes: directory.getUint32(at + 20, true) });
    at += centralBytes + nameBytes + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
  }
  return members;
}

function local(label: Uint8Array, crc: number, bytes: number, extra: number): Uint8Array {
  const record = new Uint8Array(localBytes + label.length + extra);
  const view = viewOf(record);
  view.setUint32(0, 0x04034b50, true);
  common(view, 4, crc, bytes, label.length);
  view.setUint16(28, extra, true);
  record.set(label, localBytes);
  view.setUint16(localBytes + label.length, paddingId, true);
  view.setUint16(localBytes + label.length + 2, extra - 4, true);
  return record;
}

function centralRecord(label: Uint8Array, crc: number, bytes: number, position: number): Uint8Array {
  const record = new Uint8Array(centralBytes + label.length);
  const view = viewOf(record);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 20, true);
  common(view, 6, crc, bytes, label.length);
  view.setUint32(42, position, true);
  record.set(label, centralBytes);
  return record;
}

/** The fields that both records of a member have: version, flags, method, time, date, checksum, sizes, name. */
function common(view: DataView, at: number, crc: number, bytes: number, nameBytes: number): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 8, date, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, bytes, true);
  view.setUint32(at + 18, bytes, true);
  view.setUint16(at + 22, nameBytes, true);
}

function end(count: number, directoryBytes: number, directoryStart: number): Uint8Array {
  const record = new Uint8Array(endBytes);
  const view = viewOf(record);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, directoryBytes, true);
  view.setUint32(16, directoryStart, true);
  return record;
}

function tooLarge(bytes: number): MdpError {
  return new MdpError({
    code: "shard-too-large",
    message: `an npy shard holds at most ${bytesMax} bytes, this one would have ${bytes}`,
    hint: "lower --max-shard-size-bytes or --max-tokens-per-shard, or use --format safetensors",
  });
}
