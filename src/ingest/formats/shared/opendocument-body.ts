/** Text of an OpenDocument file as Markdown-like text: headings, lists, tables, notes and slides. */
import { oneLine, type TextBuilder } from "./text-builder.ts";
import { elementsOf, type XmlNode } from "./xml-nodes.ts";

/** What is not the text itself: comments, changes that were taken back, forms. */
const DROPPED = new Set([
  "annotation",
  "annotation-end",
  "tracked-changes",
  "forms",
  "sequence-decls",
  "event-listeners",
]);

export class OpenDocumentBody {
  readonly #builder: TextBuilder;
  readonly #notes: string[] = [];
  /** Text of the first heading. */
  title = "";
  #slide = 0;

  constructor(builder: TextBuilder) {
    this.#builder = builder;
  }

  get slides(): number {
    return this.#slide;
  }

  /** All that an element holds. */
  blocks(node: XmlNode, depth = 0): void {
    for (const child of elementsOf(node)) this.#block(child, depth);
  }

  finish(): void {
    for (const [i, note] of this.#notes.entries()) this.#builder.add(`[^${i + 1}]: ${note}`, true);
  }

  #block(node: XmlNode, depth: number): void {
    if (DROPPED.has(node.name)) return;
    switch (node.name) {
      case "h":
        this.#heading(node, Number(node.attributes["outline-level"]) || 1);
        break;
      case "p":
        this.#builder.add(this.#textOf(node).trim());
        this.#frames(node);
        break;
      case "list":
        this.#list(node, depth);
        break;
      case "table":
        this.#builder.table(this.#rows(node));
        break;
      case "page":
        this.#page(node);
        break;
      case "notes":
        break;
      default:
        this.blocks(node, depth);
    }
  }

  #heading(node: XmlNode, level: number): void {
    const text = oneLine(this.#textOf(node));
    this.title ||= text;
    this.#builder.heading(level, text);
  }

  /** A slide: its title first, wherever it stands, and what the speaker has noted last. */
  #page(node: XmlNode): void {
    this.#builder.page(++this.#slide);
    const frames = elementsOf(node);
    const title = frames.find(({ attributes }) => attributes.class === "title");
    const text = title ? oneLine(this.#textOf(title, true)) : "";
    this.title ||= text;
    this.#builder.heading(2, text);
    for (const frame of frames) if (frame !== title) this.#block(frame, 0);
    const notes = frames.find(({ name }) => name === "notes");
    const spoken = notes ? oneLine(this.#textOf(notes, true)) : "";
    if (spoken !== "") this.#builder.add(`Notes: ${spoken}`);
  }

  #list(node: XmlNode, depth: number): void {
    for (const item of elementsOf(node)) {
      let first = true;
      for (const child of elementsOf(item)) {
        if (child.name === "list") this.#list(child, depth + 1);
        else if (child.name === "p" || child.name === "h") {
          const text = oneLine(this.#textOf(child));
          const margin = "  ".repeat(Math.min(8, depth));
          if (text !== "") this.#builder.add(`${margin}${first ? "- " : "  "}${text}`, true);
          first = false;
        }
      }
    }
  }

  #rows(table: XmlNode): string[][] {
    return elementsOf(table).flatMap((child) => {
      if (/^table-(header-)?rows$|^table-row-group$/.test(child.name)) return this.#rows(child);
      if (child.name !== "table-row") return [];
      return [
        elementsOf(child).flatMap((cell) => {
          if (!/^(covered-)?table-cell$/.test(cell.name)) return [];
          const times = Math.min(64, Number(cell.attributes["number-columns-repeated"]) || 1);
          return Array<string>(times).fill(oneLine(this.#textOf(cell, true)));
        }),
      ];
    });
  }

  /** Boxes that are fixed to a paragraph are written after it. */
  #frames(node: XmlNode): void {
    for (const child of elementsOf(node)) {
      if (child.name === "text-box") this.blocks(child);
      else if (child.name !== "note" && !DROPPED.has(child.name)) this.#frames(child);
    }
  }

  /** The text of a paragraph; of anything else with `deep`, its paragraphs on lines of their own. */
  #textOf(node: XmlNode, deep = false): string {
    let text = "";
    for (const child of node.children) {
      if (typeof child === "string") text += child.replace(/\s+/g, " ");
      else if (child.name === "s") text += " ".repeat(Math.min(100, Number(child.attributes.c) || 1));
      else if (child.name === "tab") text += " ";
      else if (child.name === "line-break") text += "\n";
      else if (child.name === "note") text += this.#note(child);
      else if (!DROPPED.has(child.name) && (deep || child.name !== "text-box")) {
        text += this.#textOf(child, deep);
        if (deep && (child.name === "p" || child.name === "h")) text += "\n";
      }
    }
    return text;
  }

  #note(node: XmlNode): string {
    const body = elementsOf(node, "note-body")[0];
    this.#notes.push(body ? oneLine(this.#textOf(body, true)) : "");
    return `[^${this.#notes.length}]`;
  }
}
