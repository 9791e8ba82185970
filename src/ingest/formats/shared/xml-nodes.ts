/** Elements of an XML stream as small trees, one at a time: Office files hold their text in long lists of them. */
import { SaxesParser } from "saxes";
import { MdpError } from "../../../core/errors.ts";

export interface XmlNode {
  /** Local name, without its prefix. */
  name: string;
  /** By name, and by local name where no other attribute has it. */
  attributes: Readonly<Record<string, string>>;
  children: (XmlNode | string)[];
}

const MAX_DEPTH = 256;

/**
 * The outermost elements of the given local names, each with all that is in it; of those named as marks, only where
 * they start, without what is in them. Entities besides XML's own five are
 * not expanded: a file that declares a document type is refused, since Office files have none.
 *
 * @throws MdpError when it is not well-formed, or nested deeper than 256
 */
export async function* xmlElements(
  parts: AsyncIterable<Uint8Array>,
  names: ReadonlySet<string>,
  marks?: ReadonlySet<string>,
): AsyncGenerator<XmlNode, void, undefined> {
  const parser = new SaxesParser({ position: false });
  const ready: XmlNode[] = [];
  const open: XmlNode[] = [];
  let depth = 0;
  /** Depth at which the outermost open element stands. */
  let floor = 0;
  parser.on("error", (error) => {
    throw damaged(error.message.replace(/^undefined:\d+:\d+: |^\d+:\d+: /, ""));
  });
  parser.on("doctype", () => {
    throw damaged("it declares a document type");
  });
  parser.on("opentag", (tag) => {
    if (++depth > MAX_DEPTH) throw damaged(`its elements are nested deeper than ${MAX_DEPTH}`);
    const name = localName(tag.name);
    const above = open.at(-1);
    const isMark = !above && (marks?.has(name) ?? false);
    if (!above && !names.has(name) && !isMark) return;
    const attributes: Record<string, string> = Object.create(null);
    for (const [key, value] of Object.entries(tag.attributes)) {
      attributes[key] = value as string;
      // `id` and `r:id` may stand side by side: the one without a prefix keeps its name.
      const local = localName(key);
      if (local !== key && tag.attributes[local] === undefined) attributes[local] = value as string;
    }
    const node: XmlNode = { name, attributes, children: [] };
    above?.children.push(node);
    if (isMark) ready.push(node);
    else {
      if (open.length === 0) floor = depth;
      open.push(node);
    }
  });
  parser.on("closetag", () => {
    const isOpen = open.length > 0 && depth === floor + open.length - 1;
    depth--;
    if (!isOpen) return;
    const node = open.pop();
    if (node && open.length === 0) ready.push(node);
  });
  const text = (value: string) => void open.at(-1)?.children.push(value);
  parser.on("text", text);
  parser.on("cdata", text);

  let decoder: TextDecoder | undefined;
  for await (const part of parts) {
    decoder ??= new TextDecoder(encodingOf(part));
    parser.write(decoder.decode(part, { stream: true }));
    yield* ready.splice(0);
  }
  if (!decoder) throw damaged("it is empty");
  parser.write(decoder.decode()).close();
  yield* ready.splice(0);
}

/** The first element of a name in the stream. */
export async function xmlElement(parts: AsyncIterable<Uint8Array>, name: string): Promise<XmlNode | undefined> {
  for await (const node of xmlElements(parts, new Set([name]))) return node;
  return undefined;
}

function encodingOf(start: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0x3c && start[1] === 0)) return "utf-16le";
  if ((start[0] === 0xfe && start[1] === 0xff) || (start[0] === 0 && start[1] === 0x3c)) return "utf-16be";
  return "utf-8";
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function damaged(reason: string): MdpError {
  return new MdpError({
    code: "document-damaged",
    message: `a part of the file is not the XML that it should be: ${reason}`,
    hint: "open it in its program, and save it again",
  });
}

/** The children that are elements, of one name when it is given. */
export function elementsOf(node: XmlNode, name?: string): XmlNode[] {
  return node.children.filter(
    (child): child is XmlNode => typeof child !== "string" && (name === undefined || child.name === name),
  );
}

export function childOf(node: XmlNode | undefined, ...path: string[]): XmlNode | undefined {
  let found = node;
  for (const name of path) found = found && elementsOf(found, name)[0];
  return found;
}

/** Elements of a name at any depth, in the document's order, not those inside one another. */
export function descendants(node: XmlNode, name: string): XmlNode[] {
  return elementsOf(node).flatMap((child) => (child.name === name ? [child] : descendants(child, name)));
}

/** All text below. */
export function xmlText(node: XmlNode | undefined): string {
  if (!node) return "";
  return node.children.map((child) => (typeof child === "string" ? child : xmlText(child))).join("");
}
