/** Which format a file is: its content decides, then its name. */
import { isAsciiDoc } from "./asciidoc-marks.ts";
import { detectEncoding, detectUtf16 } from "./decode.ts";
import { extensionOf } from "./extension.ts";
import { languageOfScript } from "./languages.ts";
import { isLog } from "./log-entries.ts";
import { mailFormat } from "./mail-marks.ts";
import { formatOfName } from "./names.ts";
import { oleKind } from "./ole-kind.ts";
import { binaryKind, controlShare, unreadOffice } from "./signatures.ts";
import { statementLog } from "./statement-logs.ts";
import { zipFormat } from "./zip-kind.ts";

export type Detected = { format: string } | { skip: string };

/** Above this share of control characters, a file is no text; more is borne when its name says that it is. */
const MAX_CONTROL_SHARE = 0.1;
const MAX_NAMED_CONTROL_SHARE = 0.3;
/** A PDF may start with other bytes, within this distance. */
const PDF_WITHIN = 1_024;
const PDF = Buffer.from("%PDF-");
/** The second one begins encrypted files. */
const PARQUET = [Buffer.from("PAR1"), Buffer.from("PARE")];
/** Files of these names hold nothing but their format: without its mark, they are whatever their text is. */
const MARKED = new Set([
  "doc",
  "docx",
  "epub",
  "ods",
  "opendocument",
  "parquet",
  "pdf",
  "pptx",
  "tar",
  "xls",
  "xlsx",
  "zip",
]);
/** Formats whose text may well begin with another one's mark: their name decides. */
const NAME_DECIDES = new Set("asciidoc code ipynb markdown org rst subtitles tex toml yaml".split(" "));

/**
 * `head` is the file's beginning, `name` its name without folders. Without `statements`, scripts of SQL are source code
 * like any other, and logs of statements are what their text is.
 */
export function detectFormat(head: Uint8Array, name: string, statements = true): Detected {
  const extension = extensionOf(name);
  if (Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, PDF_WITHIN)).includes(PDF)) {
    // A text that speaks of PDFs mentions the mark too; the file itself starts with it, or with junk before it.
    if (extension === "pdf" || startsWith(head, PDF)) return { format: "pdf" };
  }
  // Its first byte behind the mark is no character of a text.
  if (PARQUET.some((mark) => startsWith(head, mark)) && controlShare(head) > 0) return { format: "parquet" };
  const kind = binaryKind(head, extension);
  if (kind === "zip archive") return { format: zipFormat(head, formatOfName(name)) };
  if (kind === "tar archive") return { format: "tar" };
  if (kind === "compound file") return officeFormat(head, extension);
  if (kind) return { skip: kind };

  const nameSays = formatOfName(name);
  const byName = nameSays === "sql" && !statements ? "code" : nameSays;
  const marked = byName !== undefined && MARKED.has(byName) ? byName : undefined;
  const named = marked === undefined ? byName : undefined;
  const { encoding, skip } = detectEncoding(head.subarray(0, 8_192));
  const wide = skip > 0 || detectUtf16(head) !== undefined;
  if (!wide) {
    // A few stray NULs in a file that is named as text are removed; elsewhere they mean a binary file.
    const limit = named === undefined ? MAX_CONTROL_SHARE : MAX_NAMED_CONTROL_SHARE;
    const binary = controlShare(head) > limit || (named === undefined && head.includes(0));
    // Its reader says what is wrong with a file that has lost its beginning.
    if (binary) return marked === undefined ? { skip: "binary content" } : { format: marked };
  }
  if (named !== undefined && NAME_DECIDES.has(named)) return { format: named };
  const text = start(head.subarray(skip), encoding);
  return { format: (statements ? statementLog(text) : undefined) ?? formatOfContent(text, named) };
}

function officeFormat(head: Uint8Array, extension: string): Detected {
  const kind = oleKind(head, extension);
  if (kind === "doc" || kind === "xls") return { format: kind };
  return { skip: kind === undefined ? "compound file" : unreadOffice(kind) };
}

function formatOfContent(text: string, named: string | undefined): string {
  const trimmed = text.trimStart();
  if (/^(<!doctype\s+html|<html[\s>])/i.test(trimmed)) return "html";
  if (/^<\?xml\s/.test(trimmed)) return /<html[\s>]/i.test(trimmed.slice(0, 2_000)) ? "html" : "xml";
  if (named === "jsonl") return trimmed.startsWith("[") ? "json" : "jsonl";
  if (named === "json") return jsonKind(trimmed) ?? "json";
  if (named === "log") return isLog(text, true) ? "log" : (jsonKind(trimmed) ?? "text");
  if (named === "text" && isAsciiDoc(text)) return "asciidoc";
  if (named === "text" && isLog(text, false)) return "log";
  if (named !== undefined) return named;
  if (trimmed.startsWith("#!") && languageOfScript(trimmed) !== undefined) return "code";
  return jsonKind(trimmed) ?? mailFormat(text) ?? (isLog(text, false) ? "log" : "text");
}

/** JSON lines when the first line is an object and another follows; JSON when it starts like an object or a list. */
function jsonKind(text: string): "json" | "jsonl" | undefined {
  const end = text.indexOf("\n");
  if (text.startsWith("{") && end !== -1 && /^\s*\{/.test(text.slice(end + 1)) && isObject(text.slice(0, end))) {
    return "jsonl";
  }
  return /^\{\s*("|\}|$)|^\[\s*([[{"\d\-\]]|true|false|null|$)/.test(text) && looksClosed(text) ? "json" : undefined;
}

/** Prose such as `[1] A reference` starts like a list too. */
function looksClosed(text: string): boolean {
  return text.startsWith("{") || /^\[\s*[[{]/.test(text) || /[\]},]\s*$/.test(text);
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The beginning as text, good enough to look for marks. */
function start(head: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding === "utf-16le" || encoding === "utf-16be" ? encoding : "utf-8").decode(head);
}

function startsWith(bytes: Uint8Array, mark: Uint8Array): boolean {
  return mark.every((byte, i) => bytes[i] === byte);
}
