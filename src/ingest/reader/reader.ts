/** Finishes what formats yield: fills in the language, and checks every record against the schema. */
import * as v from "valibot";
import { Document, type Read } from "../../core/document.ts";
import { detectLanguage } from "./language.ts";

/** Kinds whose text is written in a human language. */
const PROSE = new Set([
  "csv",
  "doc",
  "docx",
  "eml",
  "epub",
  "html",
  "jsonl",
  "markdown",
  "mbox",
  "opendocument",
  "pdf",
  "pptx",
  "rst",
  "text",
  "xml",
]);

export async function* finishReads(
  reads: AsyncIterable<Read>,
  languages = true,
): AsyncGenerator<Read, void, undefined> {
  for await (const read of reads) {
    if (languages && "document" in read) {
      const { document } = read;
      const isProse = PROSE.has(document.kind) || document.row !== null;
      if (document.lang === null && isProse) document.lang = await detectLanguage(document.text);
    }
    yield "document" in read ? check(read.document) : read;
  }
}

function check(document: Document): Read {
  const parsed = v.safeParse(Document, document);
  if (parsed.success) return { document };
  const issue = parsed.issues[0];
  return {
    reject: {
      uri: document.uri,
      row: document.row ?? undefined,
      field: v.getDotPath(issue) ?? undefined,
      code: "invalid-document",
      reason: issue.message,
      hint: "leave it out with --exclude, and report the file",
      excerpt: String(document.text).slice(0, 500).toWellFormed(),
    },
  };
}
