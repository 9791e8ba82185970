/** One mail message as a document, and its attachments as members. See RFC 5322 and RFC 2045. */
import PostalMime, { type Address, type Attachment, type Email } from "postal-mime";
import type { Metadata, Read } from "../../../core/document.ts";
import { MdpError, messageOf } from "../../../core/errors.ts";
import type { FormatInput, ReadOptions } from "../format.ts";
import { normalizeText } from "./decode.ts";
import { cleanTitle } from "./document.ts";
import { textOfMarkup } from "./markup-text.ts";
import { MemberReads } from "./members.ts";
import { toMetadata } from "./metadata.ts";

export interface MailPlace {
  kind: "eml" | "mbox";
  uri: string;
  /** Number of the message among others. */
  row: number | null;
  /** 1-based line of the file where the message starts, for those among others. */
  line: number | null;
}

const MAX_NESTING = 32;
const MAX_HEADER_BYTES = 1_000_000;

/** @throws MdpError when the bytes are no message */
export async function parseMail(bytes: Uint8Array): Promise<Email> {
  try {
    const raw = Uint8Array.from(bytes).buffer as ArrayBuffer;
    return await PostalMime.parse(raw, { maxNestingDepth: MAX_NESTING, maxHeadersSize: MAX_HEADER_BYTES });
  } catch (cause) {
    throw new MdpError({
      code: "mail-damaged",
      message: `the message cannot be parsed: ${messageOf(cause)}`,
      hint: "export it again from its mail program",
      cause,
    });
  }
}

/** The message, then what its attachments hold. */
export async function* readMail(
  input: FormatInput,
  options: ReadOptions,
  mail: Email,
  place: MailPlace,
): AsyncGenerator<Read, void, undefined> {
  const attachments = (mail.attachments ?? []).filter(({ disposition, filename, related }) => {
    return filename || (disposition === "attachment" && !related);
  });
  const names = attachments.map(nameOf);
  const subject = cleanTitle(mail.subject);
  const body = normalizeText(bodyOf(mail)).text.trim();
  const list = names.length > 0 ? `Attachments: ${names.join(", ").replace(/\s+/g, " ").toWellFormed()}` : "";
  const text = [subject === "" ? "" : `# ${subject}`, body, list].filter((part) => part !== "").join("\n\n");
  if (text === "") {
    throw new MdpError({
      code: "document-no-text",
      message: "the message has neither a subject nor a text",
      hint: "leave it out with --exclude",
    });
  }
  const segments = place.line === null ? [] : [{ start: 0, line: place.line, step: 0 as const }];
  const title = subject || `${input.name.toWellFormed()}${place.row === null ? "" : ` message ${place.row}`}`;
  const { kind, uri, row } = place;
  yield {
    document: { uri, kind, title, lang: null, text, segments, row, metadata: metadataOf(mail, names) },
  };
  if (attachments.length === 0 || !options.members) return;
  const members = new MemberReads({ ...input, uri }, options);
  for (const [i, attachment] of attachments.entries()) {
    const bytes = bytesOf(attachment);
    const member = { name: names[i]!, size: bytes.length, bytes: () => once(bytes) };
    for await (const read of members.read(member)) {
      yield "reject" in read ? { reject: { ...read.reject, uri: input.uri, row: row ?? read.reject.row } } : read;
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}

function nameOf({ filename, mimeType }: Attachment, index: number): string {
  return filename || (mimeType === "message/rfc822" ? `message-${index + 1}.eml` : `attachment-${index + 1}`);
}

function bytesOf({ content }: Attachment): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : new Uint8Array(content);
}

/** Plain text where there is some, else the page. */
function bodyOf({ text, html }: Email): string {
  if (text !== undefined && text.trim() !== "") return text;
  return html === undefined ? "" : textOfMarkup(html);
}

function metadataOf(mail: Email, attachments: readonly string[]): Metadata {
  const { from, to, cc, date, messageId } = mail;
  const fields: Record<string, unknown> = {
    from: from && addresses([from])[0],
    to: to && addresses(to),
    cc: cc && addresses(cc),
    date,
    message_id: messageId,
    attachments: attachments.length > 0 ? attachments : undefined,
  };
  return toMetadata(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}

function addresses(list: readonly Address[]): string[] {
  return list.flatMap((entry) => {
    if (entry.group) return addresses(entry.group);
    const address = entry.address ?? "";
    return entry.name ? `${entry.name} <${address}>` : address;
  });
}
