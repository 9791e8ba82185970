/** The zip package of an Office Open XML document: its parts, their relations, and what it says of itself. ECMA-376-2. */
import type { Metadata } from "../../../core/document.ts";
import { MdpError } from "../../../core/errors.ts";
import type { FormatInput, ReadOptions } from "../format.ts";
import { tooLarge } from "./document.ts";
import { toMetadata } from "./metadata.ts";
import { oneLine } from "./text-builder.ts";
import { newAllowance } from "./unpack-limits.ts";
import { elementsOf, type XmlNode, xmlElement, xmlElements, xmlText } from "./xml-nodes.ts";
import { openZip, type ZipArchive } from "./zip-archive.ts";

/** Where a relation leads, by its id; targets outside the package are left out. */
export type Relations = ReadonlyMap<string, { type: string; target: string }>;

export interface OfficePackage {
  archive: ZipArchive;
  /** Outermost elements of the given names in a part, and the starts of those in `marks`; none when it is missing. */
  elements(
    part: string,
    names: ReadonlySet<string>,
    marks?: ReadonlySet<string>,
  ): AsyncGenerator<XmlNode, void, undefined>;
  /** The first element of a name in a part; undefined when either is missing. */
  element(part: string | undefined, name: string): Promise<XmlNode | undefined>;
  relationsOf(part: string): Promise<Relations>;
}

/** @throws MdpError when the file is over the limit of a document, or no whole archive */
export async function openPackage(input: FormatInput, options: ReadOptions, limit = true): Promise<OfficePackage> {
  if (limit && input.size > options.maxDocumentBytes) throw tooLarge(input.size, options.maxDocumentBytes);
  const archive = await openZip(input, options.members?.left ?? newAllowance());
  async function* elements(part: string, names: ReadonlySet<string>, marks?: ReadonlySet<string>) {
    const entry = archive.find(part);
    if (entry) yield* xmlElements(archive.stream(entry), names, marks);
  }
  return {
    archive,
    elements,
    async element(part, name) {
      const entry = part === undefined ? undefined : archive.find(part);
      return entry && (await xmlElement(archive.stream(entry), name));
    },
    async relationsOf(part) {
      const slash = part.lastIndexOf("/");
      const folder = part.slice(0, slash + 1);
      const found = new Map<string, { type: string; target: string }>();
      for await (const node of elements(`${folder}_rels/${part.slice(slash + 1)}.rels`, new Set(["Relationship"]))) {
        const { Id, Type = "", Target, TargetMode } = node.attributes;
        if (Id === undefined || Target === undefined || TargetMode === "External") continue;
        found.set(Id, { type: Type.slice(Type.lastIndexOf("/") + 1), target: resolvePart(folder, Target) });
      }
      return found;
    },
  };
}

/** A path relative to a folder of the package; an absolute one starts at its root. */
export function resolvePart(folder: string, target: string): string {
  const steps: string[] = [];
  for (const step of (target.startsWith("/") ? target : folder + target).split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "" && step !== ".") steps.push(step);
  }
  return steps.join("/");
}

/** The part that holds the document. @throws MdpError when there is none: a file of another kind */
export async function mainPart(pack: OfficePackage, usual: string, program: string): Promise<string> {
  const root = await pack.relationsOf("");
  const told = [...root.values()].find(({ type }) => type === "officeDocument")?.target;
  const found = [told, usual].find((part) => part !== undefined && pack.archive.find(part));
  if (found !== undefined) return found;
  throw new MdpError({
    code: "document-damaged",
    message: `the file lacks ${usual}: it is no ${program} document, or a damaged one`,
    hint: "open it in its program, and save it again",
  });
}

/** Title, and author and dates as metadata. */
export async function propertiesOf(pack: OfficePackage): Promise<{ title: string; metadata: Metadata }> {
  const root = await pack.element("docProps/core.xml", "coreProperties");
  const values = new Map(root ? elementsOf(root).map((node) => [node.name, oneLine(xmlText(node))]) : []);
  const named = [
    ["author", "creator"],
    ["date", "modified"],
    ["created", "created"],
    ["description", "description"],
  ] as const;
  const fields = named.flatMap(([key, name]) => (values.get(name) ? [[key, values.get(name)]] : []));
  return { title: values.get("title") ?? "", metadata: toMetadata(Object.fromEntries(fields)) };
}

/** What is said of a file without any text. */
export function withoutText(): MdpError {
  return new MdpError({
    code: "document-no-text",
    message: "the document holds no text",
    hint: "leave it out with --exclude, or recognise the text of its pictures first",
  });
}
