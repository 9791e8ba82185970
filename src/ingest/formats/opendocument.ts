/** OpenDocument texts and presentations: headings, lists, tables, notes and slides as Markdown-like text. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { fileDocument } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { withoutText } from "./shared/office-package.ts";
import { OpenDocumentBody } from "./shared/opendocument-body.ts";
import { aboutOpenDocument, openOpenDocument } from "./shared/opendocument-package.ts";
import { TextBuilder } from "./shared/text-builder.ts";

const opendocument: Format = {
  name: "opendocument",
  extensions: extensions.opendocument,
  binary: true,
  rows: false,
  read,
};
export default opendocument;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const pack = await openOpenDocument(input, options, true);
  const builder = new TextBuilder(options.maxDocumentBytes);
  const body = new OpenDocumentBody(builder);
  for await (const part of pack.elements("content.xml", new Set(["body"]))) body.blocks(part);
  body.finish();
  if (builder.isEmpty) throw withoutText();
  const { title, metadata } = await aboutOpenDocument(pack);
  yield fileDocument(input, undefined, {
    kind: "opendocument",
    title: title || body.title,
    text: builder.text,
    segments: builder.segments,
    metadata: { ...(body.slides > 0 ? { slides: body.slides } : {}), ...metadata },
  });
}
