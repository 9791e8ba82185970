/** Parts that every format uses: reading a whole file within the limit, and putting a document together. */
import type { Document, Metadata, Read, Segment } from "../../../core/document.ts";
import { MdpError } from "../../../core/errors.ts";
import type { FormatInput, ReadOptions } from "../format.ts";
import { type Decoded, decodeText } from "./decode.ts";

/** The whole file, in a buffer of its own; fails when it is, or while reading becomes, larger than the limit. */
export async function readAll(input: FormatInput, options: ReadOptions): Promise<Uint8Array> {
  const limit = options.maxDocumentBytes;
  if (input.size > limit) throw tooLarge(input.size, limit);
  let bytes = new Uint8Array(input.size);
  let total = 0;
  for await (const part of input.bytes()) {
    const end = total + part.length;
    if (end > limit) throw tooLarge(end, limit);
    // The file may have grown since it was opened.
    if (end > bytes.length) {
      const larger = new Uint8Array(Math.min(limit, 2 * end));
      larger.set(bytes.subarray(0, total));
      bytes = larger;
    }
    bytes.set(part, total);
    total = end;
  }
  return total === bytes.length ? bytes : bytes.slice(0, total);
}

/** The whole file as text; `declared` finds the encoding that the file itself names near its beginning. */
export async function readText(input: FormatInput, options: ReadOptions, declared?: RegExp): Promise<Decoded> {
  const bytes = await readAll(input, options);
  const start = declared ? Buffer.from(bytes.subarray(0, DECLARED_WITHIN)).toString("latin1") : "";
  return decodeText(bytes, declared?.exec(start)?.[1]);
}

/** Bytes in which a file may name its encoding. */
const DECLARED_WITHIN = 2_048;

export function tooLarge(bytes: number, limit: number): MdpError {
  return new MdpError({
    code: "document-too-large",
    message: `the document has at least ${bytes} bytes, more than the limit of ${limit}`,
    hint: "raise --max-document-bytes, or split the file",
  });
}

interface Parts {
  kind: string;
  title?: string | undefined;
  lang?: string | null;
  text: string;
  segments?: Segment[];
  metadata?: Metadata;
}

/** A document that is a whole file. */
export function fileDocument(input: FormatInput, decoded: Decoded | undefined, parts: Parts): Read {
  const document: Document = {
    uri: input.uri,
    kind: parts.kind,
    title: cleanTitle(parts.title) || input.name.toWellFormed(),
    lang: parts.lang ?? null,
    text: parts.text,
    segments: parts.segments ?? [],
    row: null,
    metadata: { ...parts.metadata, ...decodingMetadata(decoded) },
  };
  return { document };
}

function decodingMetadata(decoded: Decoded | undefined): Metadata {
  if (!decoded) return {};
  return {
    ...(decoded.encoding === "utf-8" ? {} : { encoding: decoded.encoding }),
    ...(decoded.note === undefined ? {} : { note: decoded.note }),
  };
}

const MAX_TITLE_CHARS = 200;

/** One line of bounded length, or an empty string. */
export function cleanTitle(title: string | undefined): string {
  if (!title) return "";
  const line = title
    .slice(0, 4 * MAX_TITLE_CHARS)
    .replace(/\s+/g, " ")
    .trim();
  return line.length <= MAX_TITLE_CHARS
    ? line.toWellFormed()
    : `${line
        .slice(0, MAX_TITLE_CHARS - 1)
        .toWellFormed()
        .replace(/\ufffd$/, "")}…`;
}

/** A note added to others of the same document. */
export function joinNotes(...notes: (string | undefined)[]): Metadata {
  const present = notes.filter((note) => note !== undefined);
  return present.length > 0 ? { note: present.join("; ") } : {};
}
