/** Styles and numbering of a Word document: which paragraphs are headings, and which are items of lists. */
import type { OfficePackage } from "./office-package.ts";
import { childOf, elementsOf, type XmlNode } from "./xml-nodes.ts";

export interface DocxStyles {
  /** 1 to 6 for a heading, 0 for other paragraphs. */
  headingLevel(paragraph: XmlNode): number;
  /** The mark of a list's item, with its margin; it counts on with each call. */
  listMark(paragraph: XmlNode): string | undefined;
}

interface Style {
  base: string | undefined;
  level: number | undefined;
  list: ListPlace;
}
interface ListPlace {
  list?: string | undefined;
  depth?: number | undefined;
}

export async function readStyles(pack: OfficePackage, stylesPart: string, numberingPart: string): Promise<DocxStyles> {
  const styles = new Map<string, Style>();
  for await (const node of pack.elements(stylesPart, new Set(["style"]))) {
    const id = node.attributes.styleId;
    if (id === undefined || (node.attributes.type ?? "paragraph") !== "paragraph") continue;
    const properties = childOf(node, "pPr");
    const name = childOf(node, "name")?.attributes.val ?? id;
    const base = childOf(node, "basedOn")?.attributes.val;
    styles.set(id, { base, level: levelOf(properties) ?? levelOfName(name), list: listOf(properties) });
  }
  const ordered = await readNumbering(pack, numberingPart);
  const counters = new Map<string, number[]>();

  /** What a style says, or one of those that it is based on. */
  const inherited = <T>(id: string | undefined, value: (style: Style) => T | undefined): T | undefined => {
    let current = id;
    for (let steps = 0; current !== undefined && steps < 20; steps++) {
      const style = styles.get(current);
      const found = style && value(style);
      if (found !== undefined) return found;
      current = style?.base;
    }
    return undefined;
  };

  return {
    headingLevel(paragraph) {
      const properties = childOf(paragraph, "pPr");
      const style = childOf(properties, "pStyle")?.attributes.val;
      return levelOf(properties) ?? inherited(style, ({ level }) => level) ?? 0;
    },
    listMark(paragraph) {
      const properties = childOf(paragraph, "pPr");
      const style = childOf(properties, "pStyle")?.attributes.val;
      const own = listOf(properties);
      const list = own.list ?? inherited(style, (each) => each.list.list);
      if (list === undefined || list === "0") return undefined;
      const depth = Math.min(8, own.depth ?? inherited(style, (each) => each.list.depth) ?? 0);
      const margin = "  ".repeat(depth);
      if (!ordered(list, depth)) return `${margin}- `;
      const counts = counters.get(list) ?? [];
      counters.set(list, counts);
      counts.length = Math.min(counts.length, depth + 1);
      counts[depth] = (counts[depth] ?? 0) + 1;
      return `${margin}${counts[depth]}. `;
    },
  };
}

/** Word's outline level 9 is body text. */
function levelOf(properties: XmlNode | undefined): number | undefined {
  const value = childOf(properties, "outlineLvl")?.attributes.val;
  if (value === undefined) return undefined;
  const level = Number(value);
  return level >= 0 && level < 9 ? Math.min(6, level + 1) : 0;
}

function levelOfName(name: string): number | undefined {
  if (/^title$/i.test(name)) return 1;
  const level = /^heading ([1-9])$/i.exec(name)?.[1];
  return level === undefined ? undefined : Math.min(6, Number(level));
}

function listOf(properties: XmlNode | undefined): ListPlace {
  const numbering = childOf(properties, "numPr");
  const depth = Number(childOf(numbering, "ilvl")?.attributes.val);
  return {
    list: childOf(numbering, "numId")?.attributes.val,
    depth: Number.isInteger(depth) && depth >= 0 ? depth : undefined,
  };
}

/** Whether a level of a list is numbered. */
async function readNumbering(pack: OfficePackage, part: string): Promise<(list: string, depth: number) => boolean> {
  const kinds = new Map<string, boolean[]>();
  const lists = new Map<string, string>();
  for await (const node of pack.elements(part, new Set(["abstractNum", "num"]))) {
    if (node.name === "num") {
      lists.set(node.attributes.numId ?? "", childOf(node, "abstractNumId")?.attributes.val ?? "");
    } else {
      const levels = elementsOf(node, "lvl").map(
        (level) => !/^(bullet|none)$/.test(childOf(level, "numFmt")?.attributes.val ?? "decimal"),
      );
      kinds.set(node.attributes.abstractNumId ?? "", levels);
    }
  }
  return (list, depth) => kinds.get(lists.get(list) ?? "")?.[depth] ?? false;
}
