/** Paragraphs, tables and notes of a Word document as Markdown-like text. */
import type { DocxStyles } from "./docx-styles.ts";
import { oneLine, type TextBuilder } from "./text-builder.ts";
import { childOf, elementsOf, type XmlNode } from "./xml-nodes.ts";

/** Parts of a paragraph that are no text of it: what was deleted, properties, codes of fields. */
const DROPPED = new Set(["del", "moveFrom", "pPr", "rPr", "instrText", "delText", "Fallback", "sdtPr", "sdtEndPr"]);
/** A text that a picture or shape holds is written after the paragraph that it is fixed to. */
const BOX = "txbxContent";

export class DocxBody {
  readonly #builder: TextBuilder;
  readonly #styles: DocxStyles;
  /** Notes in the order in which the text refers to them: `footnote:2`. */
  readonly notes: string[] = [];
  /** Text of the first heading. */
  title = "";
  /** Reads of notes give theirs before their first paragraph. */
  #prefix = "";

  constructor(builder: TextBuilder, styles: DocxStyles) {
    this.#builder = builder;
    this.#styles = styles;
  }

  /** A paragraph or a table. */
  block(node: XmlNode): void {
    if (node.name === "p") this.#paragraph(node);
    else if (node.name === "tbl") this.#builder.table(this.#rows(node));
  }

  /** A note's text behind its mark. */
  note(node: XmlNode, mark: string): void {
    this.#prefix = `[^${mark}]: `;
    const text = elementsOf(node, "p").map((paragraph) => oneLine(this.#textOf(paragraph)));
    this.#builder.add(this.#prefix + text.filter((line) => line !== "").join(" "), true);
    this.#prefix = "";
  }

  #paragraph(node: XmlNode): void {
    const text = this.#textOf(node).trim();
    if (text !== "") {
      const level = this.#styles.headingLevel(node);
      const mark = this.#styles.listMark(node);
      if (level > 0) {
        this.title ||= oneLine(text);
        this.#builder.heading(level, text);
      } else if (mark === undefined) this.#builder.add(text);
      else this.#builder.add(mark + text.replaceAll("\n", `\n${" ".repeat(mark.length)}`), true);
    }
    for (const box of boxesOf(node)) for (const inner of blocksOf(box)) this.block(inner);
  }

  #rows(table: XmlNode): string[][] {
    return elementsWithin(table, "tr").map((row) =>
      elementsWithin(row, "tc").flatMap((cell) => {
        const properties = childOf(cell, "tcPr");
        const span = Math.min(64, Number(childOf(properties, "gridSpan")?.attributes.val ?? 1) || 1);
        const merge = childOf(properties, "vMerge");
        const isContinued = merge !== undefined && merge.attributes.val !== "restart";
        const text = isContinued ? "" : this.#cellText(cell);
        return [text, ...Array<string>(span - 1).fill("")];
      }),
    );
  }

  #cellText(cell: XmlNode): string {
    return blocksOf(cell)
      .map((block) => {
        if (block.name === "p") return oneLine(this.#textOf(block));
        return this.#rows(block).flat().filter(Boolean).join(" ");
      })
      .filter((text) => text !== "")
      .join(" ");
  }

  #textOf(node: XmlNode): string {
    let text = "";
    for (const child of elementsOf(node)) {
      if (DROPPED.has(child.name) || child.name === BOX) continue;
      if (child.name === "r" && childOf(child, "rPr", "vanish")) continue;
      if (child.name === "t") text += child.children.filter((part) => typeof part === "string").join("");
      else text += signOf(child) ?? this.#reference(child) ?? this.#textOf(child);
    }
    return text;
  }

  #reference(node: XmlNode): string | undefined {
    if (node.name !== "footnoteReference" && node.name !== "endnoteReference") return undefined;
    const key = `${node.name.slice(0, -"Reference".length)}:${node.attributes.id ?? ""}`;
    if (!this.notes.includes(key)) this.notes.push(key);
    return `[^${this.notes.indexOf(key) + 1}]`;
  }
}

function signOf({ name }: XmlNode): string | undefined {
  switch (name) {
    case "tab":
    case "ptab":
      return " ";
    case "br":
    case "cr":
      return "\n";
    case "noBreakHyphen":
      return "-";
    default:
      return undefined;
  }
}

/** Paragraphs and tables, also those in content controls. */
function blocksOf(node: XmlNode): XmlNode[] {
  return elementsOf(node).flatMap((child) => {
    if (child.name === "p" || child.name === "tbl") return [child];
    return /^(sdt|sdtContent|ins|customXml|smartTag)$/.test(child.name) ? blocksOf(child) : [];
  });
}

/** Rows of a table and cells of a row, also those in content controls. */
function elementsWithin(node: XmlNode, name: string): XmlNode[] {
  return elementsOf(node).flatMap((child) => {
    if (child.name === name) return [child];
    return /^(sdt|sdtContent|ins|customXml)$/.test(child.name) ? elementsWithin(child, name) : [];
  });
}

/** The texts of boxes; of a shape that is there in two forms, the first. */
function boxesOf(node: XmlNode): XmlNode[] {
  return elementsOf(node).flatMap((child) => {
    if (child.name === "Fallback") return [];
    return child.name === BOX ? [child] : boxesOf(child);
  });
}
