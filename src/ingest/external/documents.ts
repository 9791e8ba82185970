/** Documents as JSON lines: what an external command prints. */
import * as v from "valibot";
import { type Document, Metadata, type Read, type Reject, Segment } from "../../core/document.ts";
import { normalizeText } from "../formats/shared/decode.ts";
import { cleanTitle, tooLarge } from "../formats/shared/document.ts";
import { SeenKeys } from "../formats/shared/seen-keys.ts";
import { detectLanguage } from "../reader/language.ts";
import type { Line } from "./run.ts";

/** One line of the output: a document, or what could not be read. */
const ExternalDocument = v.strictObject({
  text: v.string(),
  title: v.optional(v.string()),
  /** ISO 639-1, or the name of a programming language; found out when it is left out. */
  lang: v.optional(v.nullable(v.string())),
  /** Keeps a document's identity when others before it come and go. */
  id: v.optional(v.union([v.string(), v.number()])),
  /** 1-based line of the source at which the text begins. */
  line: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  page: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  segments: v.optional(v.array(Segment)),
  metadata: v.optional(Metadata),
});
const ExternalError = v.strictObject({ error: v.string() });

/** Longest part of an offending line that a reject shows. */
const EXCERPT_CHARS = 500;

export interface DocumentsOf {
  /** Uri of the file or source. */
  uri: string;
  /** Its name, the title of documents without one. */
  name: string;
  /** Kind of the documents. */
  kind: string;
  maxDocumentBytes: number;
}

/** Every line that is no document is a reject with its line and field. */
export async function* readDocuments(lines: AsyncIterable<Line>, of: DocumentsOf): AsyncGenerator<Read> {
  const seen = new SeenKeys();
  for await (const line of lines) yield await readLine(line, of, seen);
}

async function readLine(line: Line, of: DocumentsOf, seen: SeenKeys): Promise<Read> {
  const { number, text } = line;
  if (text === undefined) {
    const { code, message, hint } = tooLarge(line.bytes, of.maxDocumentBytes);
    return rejected(of, line, { code, reason: message, hint });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = `line ${number} is no JSON: ${(error as Error).message}`;
    return rejected(of, line, {
      code: "invalid-json",
      reason,
      hint: "print one JSON object per line, and nothing else",
    });
  }
  const failed = v.safeParse(ExternalError, value);
  if (failed.success) {
    const reason = `line ${number}: ${failed.output.error}`;
    return rejected(of, line, { code: "external-error", reason, hint: "the command says so" });
  }
  const parsed = v.safeParse(ExternalDocument, value);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const field = v.getDotPath(issue) ?? undefined;
    const reason = `line ${number}: ${field === undefined ? "" : `"${field}": `}${issue.message}`;
    const known = Object.keys(ExternalDocument.entries).join(", ");
    return rejected(of, line, { code: "invalid-document", field, reason, hint: `a document has: ${known}` });
  }
  return { document: await documentOf(parsed.output, number, of, seen) };
}

function rejected(of: DocumentsOf, line: Line, parts: Omit<Reject, "uri" | "row" | "excerpt">): Read {
  const excerpt = line.text?.slice(0, EXCERPT_CHARS).toWellFormed();
  return { reject: { ...parts, uri: of.uri, row: line.number, excerpt } };
}

async function documentOf(
  given: v.InferOutput<typeof ExternalDocument>,
  number: number,
  { uri, name, kind }: DocumentsOf,
  seen: SeenKeys,
): Promise<Document> {
  const text = normalizeText(given.text).text;
  const key = given.id === undefined ? "" : String(given.id).toWellFormed();
  const page = given.page === undefined ? {} : { page: given.page };
  const first =
    given.line === undefined && given.page === undefined ? [] : [{ start: 0, line: given.line ?? 1, ...page }];
  return {
    uri: `${uri}${anchorOf(key, number, seen)}`,
    kind,
    title: cleanTitle(given.title) || key.slice(0, 200) || name.toWellFormed(),
    lang: given.lang === undefined ? await detectLanguage(text) : given.lang,
    text,
    segments: given.segments ?? first,
    row: key === "" && number === 1 ? null : number,
    metadata: given.metadata ?? {},
  };
}

/** A file that gives one document is that document; several are told apart by their ids, else by their lines. */
function anchorOf(key: string, number: number, seen: SeenKeys): string {
  if (key === "") return number === 1 ? "" : `#row=${number}`;
  const anchor = `#id=${encodeURIComponent(key)}`;
  return seen.add(key) ? anchor : `${anchor}&row=${number}`;
}
