/** Bytes to text: which encoding they are in, and text that is well formed with `\n` for newlines. */
import { analyse } from "chardet";
import iconv from "iconv-lite";

export interface Decoded {
  /** Well-formed text without NULs, newlines as `\n`, one for each newline of the source. */
  text: string;
  /** Name of the encoding, lowercase. */
  encoding: string;
  /** What was lost or repaired, for people; absent when nothing was. */
  note?: string;
}

/** Bytes of a file's beginning that a guess between legacy encodings looks at. */
const SAMPLE_BYTES = 65_536;
/** Up to this share of stray bytes among all beyond ASCII, UTF-8 with mistakes is likelier than another encoding. */
const MAX_STRAY_SHARE = 0.2;
/** How sure of another encoding than Windows-1252 the detector must be, in percent, and by how much surer. */
const MIN_CONFIDENCE = 35;
const MIN_LEAD = 10;

/** `declared` is the encoding that the file names, believed only when its bytes are no UTF-8. */
export function decodeText(bytes: Uint8Array, declared?: string): Decoded {
  const { encoding, skip } = detectEncoding(bytes, declared);
  const decoded = decodeAs(bytes.subarray(skip), encoding);
  const { text, removed } = normalizeText(decoded);
  const notes: string[] = [];
  if (removed > 0) notes.push(`${removed} NUL characters removed`);
  if (encoding === "utf-8") {
    const strays = countReplacements(decoded) - countEncodedReplacements(bytes);
    if (strays > 0) notes.push(`${strays} invalid UTF-8 sequences replaced`);
  }
  return { text, encoding, ...(notes.length > 0 ? { note: notes.join("; ") } : {}) };
}

/** The encoding, and how many bytes of a byte order mark to leave out. */
export function detectEncoding(bytes: Uint8Array, declared?: string): { encoding: string; skip: number } {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: "utf-8", skip: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    if (bytes.length >= 4 && bytes[2] === 0 && bytes[3] === 0) return { encoding: "utf-32le", skip: 4 };
    return { encoding: "utf-16le", skip: 2 };
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: "utf-16be", skip: 2 };
  if (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0xfe && bytes[3] === 0xff) {
    return { encoding: "utf-32be", skip: 4 };
  }
  const wide = detectUtf16(bytes.subarray(0, SAMPLE_BYTES));
  if (wide) return { encoding: wide, skip: 0 };
  return { encoding: detectNarrow(bytes, declared), skip: 0 };
}

/**
 * UTF-16 without a mark: text has one NUL in most pairs, always on the same side, and hardly any on the other.
 */
export function detectUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const pairs = bytes.length >> 1;
  if (pairs < 2) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (bytes[2 * i] === 0) even++;
    if (bytes[2 * i + 1] === 0) odd++;
  }
  if (odd > pairs * 0.7 && even < pairs * 0.02) return "utf-16le";
  if (even > pairs * 0.7 && odd < pairs * 0.02) return "utf-16be";
  return undefined;
}

/** UTF-8, or the legacy encoding that its bytes look most like. */
function detectNarrow(bytes: Uint8Array, declared: string | undefined): string {
  const { strays, sequences } = countUtf8(bytes);
  if (strays === 0) return "utf-8";
  if (declared && !/^utf/i.test(declared) && iconv.encodingExists(declared)) return labelOf(declared);
  if (strays <= MAX_STRAY_SHARE * (strays + sequences)) return "utf-8";
  const guesses = analyse(bytes.subarray(0, SAMPLE_BYTES)).filter(({ name }) => !/^(utf|ascii)/i.test(name));
  const [best] = guesses;
  const western = guesses.find(({ name }) => /^(iso-8859-1|windows-1252)$/i.test(name))?.confidence ?? 0;
  // Detectors take short Western text for anything; only a guess that is clearly better counts.
  if (!best || best.confidence < MIN_CONFIDENCE || best.confidence < western + MIN_LEAD) return "windows-1252";
  return iconv.encodingExists(best.name) ? labelOf(best.name) : "windows-1252";
}

/** Latin-1 is read as Windows-1252, as browsers do. */
function labelOf(name: string): string {
  return /^(iso-?8859-1|latin-?1|us-ascii)$/i.test(name) ? "windows-1252" : name.toLowerCase();
}

/** Bytes that are no UTF-8, and valid sequences of more than one byte. A sequence cut off at the end is neither. */
export function countUtf8(bytes: Uint8Array): { strays: number; sequences: number } {
  let strays = 0;
  let sequences = 0;
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      i++;
      continue;
    }
    const length =
      lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    let seen = 1;
    while (seen < length && i + seen < bytes.length && (bytes[i + seen]! & 0xc0) === 0x80) seen++;
    if (length > 0 && seen === length) {
      sequences++;
      i += length;
    } else {
      if (i + seen < bytes.length || length === 0) strays++;
      i++;
    }
  }
  return { strays, sequences };
}

function decodeAs(bytes: Uint8Array, encoding: string): string {
  if (encoding === "utf-8") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), encoding, { stripBOM: false });
}

/** Removes NULs and lone surrogates, and makes every newline `\n`. */
export function normalizeText(text: string): { text: string; removed: number } {
  let result = text.isWellFormed() ? text : text.toWellFormed();
  let removed = 0;
  if (result.includes("\0")) {
    const before = result.length;
    result = result.replaceAll("\0", "");
    removed = before - result.length;
  }
  if (result.includes("\r")) result = result.replace(/\r\n?/g, "\n");
  return { text: result, removed };
}

function countReplacements(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\ufffd"); at !== -1; at = text.indexOf("\ufffd", at + 1)) count++;
  return count;
}

/** Replacement characters that the source itself holds. */
function countEncodedReplacements(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = Buffer.from("\ufffd");
  let count = 0;
  for (let at = buffer.indexOf(mark); at !== -1; at = buffer.indexOf(mark, at + mark.length)) count++;
  return count;
}
