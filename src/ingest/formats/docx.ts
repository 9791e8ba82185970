/** Word documents: headings, lists, tables, notes and text boxes as Markdown-like text; comments and deletions left out. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { fileDocument } from "./shared/document.ts";
import { DocxBody } from "./shared/docx-body.ts";
import { readStyles } from "./shared/docx-styles.ts";
import { extensions } from "./shared/names.ts";
import { mainPart, type OfficePackage, openPackage, propertiesOf, withoutText } from "./shared/office-package.ts";
import { TextBuilder } from "./shared/text-builder.ts";

const docx: Format = {
  name: "docx",
  extensions: extensions.docx,
  binary: true,
  rows: false,
  read,
};
export default docx;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const pack = await openPackage(input, options);
  const main = await mainPart(pack, "word/document.xml", "Word");
  const relations = await pack.relationsOf(main);
  const partOf = (type: string) => [...relations.values()].find((relation) => relation.type === type)?.target ?? "";
  const builder = new TextBuilder(options.maxDocumentBytes);
  const body = new DocxBody(builder, await readStyles(pack, partOf("styles"), partOf("numbering")));
  for await (const block of pack.elements(main, new Set(["p", "tbl"]))) body.block(block);
  await addNotes(pack, body, { footnote: partOf("footnotes"), endnote: partOf("endnotes") });
  if (builder.isEmpty) throw withoutText();
  const { title, metadata } = await propertiesOf(pack);
  yield fileDocument(input, undefined, { kind: "docx", title: title || body.title, text: builder.text, metadata });
}

/** Those that the text refers to, in its order. */
async function addNotes(pack: OfficePackage, body: DocxBody, parts: Record<string, string>): Promise<void> {
  const places = new Map(body.notes.map((key, i) => [key, i]));
  if (places.size === 0) return;
  const found: { place: number; add: () => void }[] = [];
  for (const [kind, part] of Object.entries(parts)) {
    for await (const node of pack.elements(part, new Set([kind]))) {
      const place = places.get(`${kind}:${node.attributes.id ?? ""}`);
      if (place !== undefined) found.push({ place, add: () => body.note(node, String(place + 1)) });
    }
  }
  for (const { add } of found.sort((a, b) => a.place - b.place)) add();
}
