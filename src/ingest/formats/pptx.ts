/** PowerPoint documents: slide by slide in the order of the show, with titles, lists, tables and notes. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { fileDocument } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { mainPart, openPackage, propertiesOf, withoutText } from "./shared/office-package.ts";
import { addSlide, notesText, slideTitle } from "./shared/slides.ts";
import { TextBuilder } from "./shared/text-builder.ts";
import { elementsOf, xmlText } from "./shared/xml-nodes.ts";

const pptx: Format = {
  name: "pptx",
  extensions: extensions.pptx,
  binary: true,
  rows: false,
  read,
};
export default pptx;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const pack = await openPackage(input, options);
  const main = await mainPart(pack, "ppt/presentation.xml", "PowerPoint");
  const relations = await pack.relationsOf(main);
  const order = await pack.element(main, "sldIdLst");
  const builder = new TextBuilder(options.maxDocumentBytes);
  let first = "";
  let number = 0;
  for (const { attributes } of order ? elementsOf(order, "sldId") : []) {
    const part = relations.get(relationId(attributes))?.target;
    const slide = await pack.element(part, "sld");
    number++;
    if (part === undefined || slide === undefined) continue;
    builder.page(number);
    const title = slideTitle(slide);
    first ||= title;
    if (title !== "" || xmlText(slide).trim() !== "") builder.heading(2, title || `Slide ${number}`);
    addSlide(builder, slide);
    const notesPart = [...(await pack.relationsOf(part)).values()].find(({ type }) => type === "notesSlide")?.target;
    const notes = await pack.element(notesPart, "notes");
    const spoken = notes ? notesText(notes) : "";
    if (spoken !== "") builder.add(`Notes: ${spoken}`);
  }
  if (builder.isEmpty) throw withoutText();
  const { title, metadata } = await propertiesOf(pack);
  const isUsual = /^(PowerPoint[- ]Pr|Presentation$)/i.test(title);
  yield fileDocument(input, undefined, {
    kind: "pptx",
    title: (isUsual ? "" : title) || first,
    text: builder.text,
    segments: builder.segments,
    metadata: { slides: number, ...metadata },
  });
}

/** `r:id`, beside an `id` of the slide itself. */
function relationId(attributes: Readonly<Record<string, string>>): string {
  return attributes["r:id"] ?? attributes.id ?? "";
}
