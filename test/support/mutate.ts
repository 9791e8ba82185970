/** Seeded damage to files: bytes changed, cut out, doubled and put in; inside zip archives, also to their parts. */
import { partsOf, type ZipPart, zipOf } from "./zip.ts";

/** Numbers in [0, 1), the same for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const below = (random: () => number, count: number) => Math.floor(random() * count);

/** Bytes that mean something to one format or another. */
const WORDS = [
  '"',
  "<",
  "</",
  ">",
  "&#0;",
  "&lol;",
  "<!DOCTYPE a [<!ENTITY lol 'x'>]>",
  "{",
  "[",
  "\n",
  "\r\n\r\n",
  "\0",
  "\ufeff",
  "---\n",
  "PK\x03\x04",
  "PK\x05\x06",
  "%PDF-1.7",
  "endobj",
  "From a Tue Mar  5 09:30:00 2024\n",
  "Content-Type: multipart/mixed; boundary=a\n\n--a\n",
  "ustar",
  "../../",
  "-1",
  "99999999999999999999",
  "1e309",
  "NaN",
  'r="XFD1048576"',
  "'",
  "/*",
  "$$",
  "\\",
].map((word) => Buffer.from(word, "latin1"));
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** One to five changes. */
export function damaged(bytes: Uint8Array, random: () => number): Buffer {
  let result = Buffer.from(bytes);
  for (let changes = 1 + below(random, 5); changes > 0; changes--) result = change(result, random);
  return result;
}

function change(bytes: Buffer, random: () => number): Buffer<ArrayBuffer> {
  const at = below(random, bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + below(random, random() < 0.8 ? 16 : bytes.length + 1));
  const [before, between, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (below(random, 8)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, between, between, after]);
    case 2:
      return Buffer.concat([before, WORDS[below(random, WORDS.length)]!, between, after]);
    case 3:
      return random() < 0.3
        ? Buffer.concat([before])
        : Buffer.concat([before, WORDS[below(random, WORDS.length)]!, after]);
    case 4: {
      const copy = Buffer.concat([bytes]);
      if (at + 4 <= copy.length) copy.writeUInt32LE(NUMBERS[below(random, NUMBERS.length)]!, at);
      return copy;
    }
    case 5: {
      const from = below(random, bytes.length + 1);
      return Buffer.concat([before, bytes.subarray(from, from + 1 + below(random, 64)), after]);
    }
    default: {
      const copy = Buffer.concat([bytes]);
      if (at < copy.length) copy[at] = random() < 0.5 ? copy[at]! ^ (1 << below(random, 8)) : below(random, 256);
      return copy;
    }
  }
}

/** Makes damaged copies of a file; of a zip archive, two of three have a part damaged inside a whole archive. */
export async function damager(bytes: Uint8Array): Promise<(random: () => number) => Buffer> {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const parts: ZipPart[] = isZip ? await partsOf(bytes) : [];
  return (random) => {
    if (parts.length === 0 || random() < 1 / 3) return damaged(bytes, random);
    const chosen = below(random, parts.length);
    return zipOf(
      parts.map((part, i) => (i === chosen ? { ...part, content: damaged(part.content as Uint8Array, random) } : part)),
    );
  };
}
