/** Reads one opened file in this process: runs its format, checks every record, fills in the language. */
import * as v from "valibot";
import { Document, type Read, type Reject } from "../../core/document.ts";
import type { FormatInput, ReadOptions } from "../formats/format.ts";
import { formats } from "../formats/index.ts";
import { detectLanguage } from "./language.ts";

/** Kinds whose text is written in a human language. */
const PROSE = new Set(["csv", "html", "jsonl", "markdown", "pdf", "rst", "text"]);

export async function* readFormat(
  format: string,
  input: FormatInput,
  options: ReadOptions,
): AsyncGenerator<Read, void, undefined> {
  const { read } = await formats.load(format);
  for await (const record of read(input, options)) {
    if ("reject" in record) {
      yield record;
      continue;
    }
    const { document } = record;
    const isProse = PROSE.has(document.kind) || document.row !== null;
    if (document.lang === null && isProse) document.lang = await detectLanguage(document.text);
    yield check(document);
  }
}

function check(document: Document): Read {
  const parsed = v.safeParse(Document, document);
  if (parsed.success) return { document };
  const issue = parsed.issues[0];
  const reject: Reject = {
    uri: document.uri,
    ...(document.row === null ? {} : { row: document.row }),
    field: v.getDotPath(issue) ?? undefined,
    code: "invalid-document",
    reason: issue.message,
    excerpt: String(document.text).slice(0, 500),
  };
  return { reject };
}
