/** Mailboxes: each message is a document, known by its Message-ID, read one at a time. See RFC 4155. */
import type { Read } from "../../core/document.ts";
import { MdpError } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { Gatherer, type Piece, splitLines } from "./shared/bytes.ts";
import { parseMail, readMail } from "./shared/mail.ts";
import { extensions } from "./shared/names.ts";
import { rejectLongRow, rejectRow } from "./shared/rows.ts";
import { SeenKeys } from "./shared/seen-keys.ts";

const mbox: Format = {
  name: "mbox",
  extensions: extensions.mbox,
  binary: true,
  rows: true,
  read,
};
export default mbox;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const seen = new SeenKeys();
  const limit = options.maxDocumentBytes;
  let number = 0;
  for await (const piece of messages(input, limit)) {
    const row = { number: ++number, line: piece.line };
    if ("tooLong" in piece) {
      yield rejectLongRow(input, row, piece.tooLong, limit, Buffer.from(piece.start).toString("utf8"));
      continue;
    }
    try {
      const mail = await parseMail(piece.bytes);
      const key = (mail.messageId ?? "").trim();
      const isNew = key !== "" && seen.add(key);
      const id = key === "" ? `row=${number}` : `id=${encodeURIComponent(key.toWellFormed())}`;
      const uri = `${input.uri}#${id}${key !== "" && !isNew ? `&row=${number}` : ""}`;
      yield* readMail(input, options, mail, { kind: "mbox", uri, row: number, line: piece.line });
    } catch (error) {
      if (!(error instanceof MdpError) || error.code === "archive-bomb") throw error;
      const { code, message: reason, hint } = error;
      yield rejectRow(input, row, {
        code,
        reason,
        hint,
        excerpt: Buffer.from(piece.bytes.subarray(0, 500)).toString(),
      });
    }
  }
}

const NEWLINE = new Uint8Array([10]);

/** Messages without the line that separates them; `>From ` of their texts is `From ` again. */
async function* messages(input: FormatInput, limit: number): AsyncGenerator<Piece, void, undefined> {
  const gatherer = new Gatherer(limit);
  let start = 0;
  let blank = true;
  for await (const piece of splitLines(input.bytes(), limit)) {
    const bytes = "tooLong" in piece ? piece.start : piece.bytes;
    if (blank && isSeparator(bytes)) {
      if (gatherer.length > 0) yield gatherer.take(new Uint8Array(0), start);
      start = piece.line + 1;
    } else if (start > 0 || bytes.length > 1) {
      start ||= piece.line;
      gatherer.add(isQuoted(bytes) ? bytes.subarray(1) : bytes);
      if ("tooLong" in piece) gatherer.add(new Uint8Array(limit));
      gatherer.add(NEWLINE);
    }
    blank = bytes.length === 0 || (bytes.length === 1 && bytes[0] === 13);
  }
  if (gatherer.length > 0) yield gatherer.take(new Uint8Array(0), start);
}

const FROM = Buffer.from("From ");

function isSeparator(line: Uint8Array): boolean {
  return (
    FROM.every((byte, i) => line[i] === byte) && /\d{4}\s*$|\d{2}:\d{2}/.test(Buffer.from(line).toString("latin1"))
  );
}

function isQuoted(line: Uint8Array): boolean {
  let at = 0;
  while (line[at] === 62) at++;
  return at > 0 && FROM.every((byte, i) => line[at + i] === byte);
}
