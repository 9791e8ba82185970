/** Mail messages: the text with its subject, headers as metadata, attachments by their own formats. */
import type { Read } from "../../core/document.ts";
import { MdpError } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { readAll } from "./shared/document.ts";
import { parseMail, readMail } from "./shared/mail.ts";
import { extensions } from "./shared/names.ts";

const eml: Format = {
  name: "eml",
  extensions: extensions.eml,
  binary: true,
  rows: false,
  read,
};
export default eml;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const mail = await parseMail(await readAll(input, options));
  const { from, subject, date, messageId } = mail;
  if (!from && subject === undefined && !date && !messageId) {
    throw new MdpError({
      code: "mail-damaged",
      message: "the file has none of the headers of a message",
      hint: "export it again from its mail program, or read it as text with --format text",
    });
  }
  yield* readMail(input, options, mail, { kind: "eml", uri: input.uri, row: null, line: null });
}
