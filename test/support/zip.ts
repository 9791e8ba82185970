/** Makes zip archives for tests, byte for byte as they are told: also ones that no program would write. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipPart {
  name: string;
  content: string | Uint8Array;
  /** 8 deflates, 0 stores. Default: 8. */
  method?: number;
  flags?: number;
  /** What the directory says of the size, where it is not the truth. */
  claims?: number;
}

export function zipOf(parts: readonly ZipPart[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, method = 8, flags = 0x800, claims } of parts) {
    const bytes = Buffer.from(content as Uint8Array);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claims ?? bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name), packed]);
    // Version made by, the fields above, then the comment's length, disk, attributes and place.
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, tail, Buffer.from(name)]));
    bodies.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, listed, end]);
}

/** The parts of an archive that `zipOf` or any usual program wrote, to be changed and written again. */
export async function partsOf(bytes: Uint8Array): Promise<ZipPart[]> {
  const { openZip } = await import("../../src/ingest/formats/shared/zip-archive.ts");
  const { newAllowance } = await import("../../src/ingest/formats/shared/unpack-limits.ts");
  const slice = async (start: number, end: number) => Uint8Array.from(bytes.subarray(start, end));
  const input = { uri: "", path: "", name: "", size: bytes.length, fileSize: bytes.length, head: bytes, slice };
  const archive = await openZip({ ...input, bytes: async function* () {} }, newAllowance());
  return Promise.all(
    archive.entries.map(async (entry) => ({
      name: entry.name,
      content: await archive.read(entry, 1e9),
      method: entry.method,
    })),
  );
}
