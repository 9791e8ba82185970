/** The zip package of an OpenDocument file: its content, and what it says of itself. See OASIS ODF 1.3, part 2. */
import type { Metadata } from "../../../core/document.ts";
import { MdpError } from "../../../core/errors.ts";
import type { FormatInput, ReadOptions } from "../format.ts";
import { toMetadata } from "./metadata.ts";
import { type OfficePackage, openPackage } from "./office-package.ts";
import { oneLine } from "./text-builder.ts";
import { childOf, xmlText } from "./xml-nodes.ts";

/** With `limit`, the file is held to the limit of a document. @throws MdpError when it has no content, or is encrypted */
export async function openOpenDocument(
  input: FormatInput,
  options: ReadOptions,
  limit: boolean,
): Promise<OfficePackage> {
  const pack = await openPackage(input, options, limit);
  if (!pack.archive.find("content.xml")) {
    throw new MdpError({
      code: "document-damaged",
      message: "the file lacks content.xml: it is no OpenDocument file, or a damaged one",
      hint: "open it in its program, and save it again",
    });
  }
  for await (const { attributes, children } of pack.elements("META-INF/manifest.xml", new Set(["file-entry"]))) {
    const isEncrypted = children.some((child) => typeof child !== "string" && child.name === "encryption-data");
    if (attributes["full-path"] === "content.xml" && isEncrypted) {
      throw new MdpError({
        code: "document-encrypted",
        message: "the document needs a password",
        hint: "save a copy without one",
      });
    }
  }
  return pack;
}

/** Title, and author and date as metadata. */
export async function aboutOpenDocument(pack: OfficePackage): Promise<{ title: string; metadata: Metadata }> {
  const meta = await pack.element("meta.xml", "meta");
  const value = (name: string) => oneLine(xmlText(childOf(meta, name)));
  const author = value("creator") || value("initial-creator");
  const date = value("date") || value("creation-date");
  return {
    title: value("title"),
    metadata: toMetadata({ ...(author ? { author } : {}), ...(date ? { date } : {}) }),
  };
}
