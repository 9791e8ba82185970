/** EPUB books: the chapters in the order of reading, as Markdown-like text; the page is the chapter's number. */
import type { Metadata, Read } from "../../core/document.ts";
import { MdpError } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { decodeText } from "./shared/decode.ts";
import { fileDocument, joinNotes } from "./shared/document.ts";
import { languageOf } from "./shared/fields.ts";
import { textOfMarkup } from "./shared/markup-text.ts";
import { toMetadata } from "./shared/metadata.ts";
import { extensions } from "./shared/names.ts";
import { type OfficePackage, openPackage, resolvePart, withoutText } from "./shared/office-package.ts";
import { oneLine, TextBuilder } from "./shared/text-builder.ts";
import { elementsOf, type XmlNode, xmlText } from "./shared/xml-nodes.ts";

const epub: Format = {
  name: "epub",
  extensions: extensions.epub,
  binary: true,
  rows: false,
  read,
};
export default epub;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const pack = await openPackage(input, options);
  const root = (await pack.element("META-INF/container.xml", "rootfile"))?.attributes["full-path"];
  const book = await pack.element(root, "package");
  if (root === undefined || book === undefined) throw noBook();
  const locked = await lockedParts(pack);
  const builder = new TextBuilder(options.maxDocumentBytes);
  const missing: string[] = [];
  const chapters = chaptersOf(book, root.slice(0, root.lastIndexOf("/") + 1));
  for (const [i, part] of chapters.entries()) {
    if (locked.has(part)) throw lockedBook();
    const entry = pack.archive.find(part);
    if (!entry) {
      missing.push(part);
      continue;
    }
    builder.page(i + 1);
    builder.add(textOfMarkup(decodeText(await pack.archive.read(entry, options.maxDocumentBytes)).text));
  }
  if (builder.isEmpty) throw withoutText();
  const about = elementsOf(book, "metadata").flatMap((node) => elementsOf(node));
  const value = (name: string) => oneLine(xmlText(about.find((node) => node.name === name)));
  const note = missing.length > 0 ? `${missing.length} of ${chapters.length} chapters are missing` : undefined;
  yield fileDocument(input, undefined, {
    kind: "epub",
    title: value("title"),
    lang: languageOf(value("language")),
    text: builder.text,
    segments: builder.segments,
    metadata: { chapters: chapters.length, ...describe(value), ...joinNotes(note) },
  });
}

function describe(value: (name: string) => string): Metadata {
  const fields = { author: value("creator"), date: value("date"), publisher: value("publisher") };
  return toMetadata(Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== "")));
}

/** Paths of the chapters' files. */
function chaptersOf(book: XmlNode, folder: string): string[] {
  const items = new Map<string, string>();
  for (const manifest of elementsOf(book, "manifest")) {
    for (const { attributes } of elementsOf(manifest, "item")) {
      const isText = /xhtml|html|^$/.test(attributes["media-type"] ?? "");
      const isContents = /(^| )nav( |$)/.test(attributes.properties ?? "");
      if (attributes.id !== undefined && attributes.href !== undefined && isText && !isContents) {
        items.set(attributes.id, resolvePart(folder, decoded(attributes.href.replace(/#.*/, ""))));
      }
    }
  }
  const spine = elementsOf(book, "spine").flatMap((node) => elementsOf(node, "itemref"));
  return spine.flatMap(({ attributes }) => items.get(attributes.idref ?? "") ?? []);
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}

/** Files that rights management has encrypted; fonts are only obscured, and no matter. */
async function lockedParts(pack: OfficePackage): Promise<Set<string>> {
  const locked = new Set<string>();
  for await (const node of pack.elements("META-INF/encryption.xml", new Set(["CipherReference"]))) {
    locked.add(decoded(node.attributes.URI ?? ""));
  }
  return locked;
}

function noBook(): MdpError {
  return new MdpError({
    code: "document-damaged",
    message: "the file lacks META-INF/container.xml or the package that it names: it is no EPUB book, or a damaged one",
    hint: "get the file again",
  });
}

function lockedBook(): MdpError {
  return new MdpError({
    code: "document-encrypted",
    message: "the book is encrypted by its shop's rights management",
    hint: "leave it out with --exclude",
  });
}
