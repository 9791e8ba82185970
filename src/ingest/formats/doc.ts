/** Documents of Word before 2007: paragraphs, tables and notes; such files do not tell their headings apart. */
import type { Read } from "../../core/document.ts";
import { MdpError, messageOf } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { fileDocument, readAll } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { withoutText } from "./shared/office-package.ts";
import { withoutCircles } from "./shared/ole-circles.ts";
import { TextBuilder } from "./shared/text-builder.ts";

const doc: Format = {
  name: "doc",
  extensions: extensions.doc,
  binary: true,
  rows: false,
  read,
};
export default doc;

const AS_WRITTEN = { filterUnicode: false };

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const bytes = await readAll(input, options);
  const { default: WordExtractor } = await import("word-extractor");
  const parts = await new WordExtractor()
    .extract(Buffer.from(withoutCircles(bytes)))
    .then((found) => [
      found.getBody(AS_WRITTEN),
      found.getTextboxes({ ...AS_WRITTEN, includeHeadersAndFooters: false }),
      found.getFootnotes(AS_WRITTEN),
      found.getEndnotes(AS_WRITTEN),
    ])
    .catch((cause: unknown) => {
      throw unreadable(input.name, cause);
    });
  const builder = new TextBuilder(options.maxDocumentBytes);
  for (const part of parts) addPart(builder, part);
  if (builder.isEmpty) throw withoutText();
  const [first = ""] = builder.text.slice(0, 500).split("\n");
  yield fileDocument(input, undefined, { kind: "doc", title: first.startsWith("|") ? "" : first, text: builder.text });
}

/** Lines are paragraphs; those with tabs that follow each other are the rows of a table. */
function addPart(builder: TextBuilder, text: string): void {
  let rows: string[][] = [];
  for (const line of [...text.split(/\r\n?|\n/), ""]) {
    // What Word draws is left as one such character each.
    const clean = line.replace(/[\u0000-\u0008\u000b-\u001f\ufffc]/g, "");
    if (clean.includes("\t")) {
      rows.push(clean.replace(/\t$/, "").split("\t"));
      continue;
    }
    builder.table(rows);
    rows = [];
    builder.add(clean);
  }
}

function unreadable(name: string, cause: unknown): MdpError {
  const isLocked = /encrypt|password/i.test(messageOf(cause));
  return new MdpError({
    code: isLocked ? "document-encrypted" : "document-damaged",
    message: isLocked ? "the document needs a password" : `the document cannot be read: ${messageOf(cause)}`,
    hint: isLocked ? "save a copy without one" : `convert it first: libreoffice --headless --convert-to docx ${name}`,
    cause,
  });
}
