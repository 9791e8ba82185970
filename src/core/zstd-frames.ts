/** Sees to it that a zstd stream ends with a frame: the decompressor takes a cut one for whole. See RFC 8878. */
import { MdpError } from "./errors.ts";

const magic = 0xfd2fb528;
/** Frames that hold something else, to be passed over: 16 numbers that differ in their lowest four bits. */
const skippable = 0x184d2a50;
const blockHeaderBytes = 3;
const rleBlock = 1;
const checksumBytes = 4;

/**
 * Passes a stream on.
 *
 * @param frames whether one frame is all, or others may follow, as parallel compressors write them
 * @throws MdpError when it is cut, or holds something else
 */
export async function* wholeZstd(source: AsyncIterable<Uint8Array>, frames: "one" | "many"): AsyncIterable<Uint8Array> {
  const frame = new FrameWalker(frames === "many");
  for await (const part of source) {
    frame.walk(part);
    yield part;
  }
  if (!frame.ended) throw damaged("it is cut");
}

/** Follows a frame from header to header: each is gathered byte by byte, what it announces is skipped. */
class FrameWalker {
  ended = false;
  readonly #many: boolean;
  #skip = 0;
  #wanted = 5;
  #header: number[] = [];
  #state: "start" | "block" | "skippable" | "end" = "start";
  #checksum = 0;

  constructor(many: boolean) {
    this.#many = many;
  }

  walk(part: Uint8Array): void {
    for (let at = 0; at < part.length; ) {
      if (this.ended) this.#next();
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, part.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else this.#header.push(part[at++]!);
      if (this.#skip === 0 && this.#header.length === this.#wanted) this.#read();
      if (this.#state === "end" && this.#skip === 0) this.ended = true;
    }
  }

  #next(): void {
    if (!this.#many) throw damaged("more follows after its end");
    this.ended = false;
    this.#state = "start";
    this.#wanted = 5;
  }

  #read(): void {
    const bytes = this.#header;
    this.#header = [];
    this.#wanted = blockHeaderBytes;
    if (this.#state === "skippable") {
      this.#skip = this.#checksum + (bytes[0]! << 8) + bytes[1]! * 2 ** 16 + bytes[2]! * 2 ** 24;
      this.#state = "end";
      this.#wanted = 0;
      return;
    }
    if (this.#state === "start") {
      const begins = Buffer.from(bytes).readUInt32LE();
      if (this.#many && (begins & ~0xf) >>> 0 === skippable) {
        // Its size has four bytes, of which the first was read with the magic number.
        this.#checksum = bytes[4]!;
        this.#state = "skippable";
        return;
      }
      if (begins !== magic) throw damaged("it does not begin like one");
      const descriptor = bytes[4]!;
      const single = (descriptor >> 5) & 1;
      this.#checksum = (descriptor >> 2) & 1 ? checksumBytes : 0;
      const dictionary = [0, 1, 2, 4][descriptor & 3]!;
      const size = [single, 2, 4, 8][descriptor >> 6]!;
      this.#skip = (single ? 0 : 1) + dictionary + size;
      this.#state = "block";
      return;
    }
    const header = bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16);
    this.#skip = ((header >> 1) & 3) === rleBlock ? 1 : header >> 3;
    if ((header & 1) === 0) return;
    this.#state = "end";
    this.#wanted = 0;
    this.#skip += this.#checksum;
  }
}

function damaged(reason: string): MdpError {
  return new MdpError({ code: "zstd-damaged", message: `the zstd file is damaged: ${reason}` });
}
