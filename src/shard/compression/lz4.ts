/** LZ4 frames, of https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md: independent blocks of 4 MB with checksums. */
import { MdpError } from "../../core/errors.ts";
import { blockBytesMax, compressBlock, decompressBlock } from "./lz4-block.ts";

const magic = 0x184d2204;
const blockBytes = 4 << 20;
/** Version 1, independent blocks, a checksum after each block. */
const flags = 0b0111_0000;
const blockSizeCode = 7 << 4;
const uncompressedBit = 0x8000_0000;

/** One frame in parts. */
export function* compressLz4(parts: Iterable<Uint8Array>): Iterable<Uint8Array> {
  yield frameHeader();
  const block = new Uint8Array(blockBytes);
  let filled = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const piece = part.subarray(at, at + blockBytes - filled);
      block.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled < blockBytes) continue;
      yield frameBlock(block);
      filled = 0;
    }
  }
  if (filled > 0) yield frameBlock(block.subarray(0, filled));
  yield new Uint8Array(4);
}

function frameHeader(): Uint8Array {
  const bytes = new Uint8Array(7);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  bytes[4] = flags;
  bytes[5] = blockSizeCode;
  bytes[6] = (Bun.hash.xxHash32(bytes.subarray(4, 6)) >> 8) & 0xff;
  return bytes;
}

/** A block with its size and checksum; stored as it is where compression gains nothing. */
function frameBlock(block: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + blockBytesMax(block.length) + 4);
  const view = new DataView(frame.buffer);
  let size = compressBlock(block, frame.subarray(4, frame.length - 4));
  if (size < block.length) view.setUint32(0, size, true);
  else {
    size = block.length;
    frame.set(block, 4);
    view.setUint32(0, (size | uncompressedBit) >>> 0, true);
  }
  view.setUint32(4 + size, Bun.hash.xxHash32(frame.subarray(4, 4 + size)), true);
  return frame.subarray(0, 8 + size);
}

/**
 * The contents of a frame in parts of at most 4 MB, each checked.
 *
 * @throws MdpError when the frame is damaged, cut, or uses what `compressLz4` does not write
 */
export async function* decompressLz4(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new Input(source);
  const header = view(await input.take(7));
  if (header.getUint32(0, true) !== magic || header.getUint8(4) !== flags || header.getUint8(5) !== blockSizeCode) {
    throw damaged("it does not begin like one that mdp wrote");
  }
  while (true) {
    const size = view(await input.take(4)).getUint32(0, true);
    if (size === 0) break;
    const stored = size >= uncompressedBit;
    const bytes = stored ? size - uncompressedBit : size;
    if (bytes > blockBytes) throw damaged(`a block claims ${bytes} bytes`);
    const block = await input.take(bytes);
    if (view(await input.take(4)).getUint32(0, true) !== Bun.hash.xxHash32(block)) {
      throw damaged("the checksum of a block does not match");
    }
    if (stored) yield block;
    else {
      const target = new Uint8Array(blockBytes);
      yield target.subarray(0, decompressBlock(block, target));
    }
  }
}

/** Exact numbers of bytes from a stream of parts. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async take(bytes: number): Promise<Uint8Array> {
    const taken = new Uint8Array(bytes);
    for (let filled = 0; ; ) {
      const piece = this.#rest.subarray(0, bytes - filled);
      taken.set(piece, filled);
      filled += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
      if (filled === bytes) return taken;
      const next = await this.#source.next();
      if (next.done) throw damaged("it is cut");
      this.#rest = next.value as Uint8Array<ArrayBuffer>;
    }
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(reason: string): MdpError {
  return new MdpError({ code: "lz4-damaged", message: `the lz4 file is damaged: ${reason}` });
}
