/** Shapes of a PowerPoint slide as text: its title, then its paragraphs and tables in the order of the slide. */
import { oneLine, type TextBuilder } from "./text-builder.ts";
import { childOf, descendants, elementsOf, type XmlNode } from "./xml-nodes.ts";

/** Placeholders that say the same on every slide. */
const FURNITURE = new Set(["sldNum", "dt", "ftr", "hdr", "sldImg"]);
const TITLES = new Set(["title", "ctrTitle"]);

/** The slide's title, on one line; empty when it has none. */
export function slideTitle(slide: XmlNode): string {
  const shape = shapesOf(slide).find((each) => TITLES.has(placeholderOf(each) ?? ""));
  return shape
    ? oneLine(
        paragraphsOf(shape)
          .map(({ text }) => text)
          .join(" "),
      )
    : "";
}

/** Everything but the title. */
export function addSlide(builder: TextBuilder, slide: XmlNode): void {
  let hasTitle = false;
  for (const shape of shapesOf(slide)) {
    const placeholder = placeholderOf(shape);
    if (placeholder !== undefined && FURNITURE.has(placeholder)) continue;
    if (placeholder !== undefined && TITLES.has(placeholder) && !hasTitle) {
      hasTitle = true;
      continue;
    }
    if (shape.name === "graphicFrame") addTables(builder, shape);
    else addShape(builder, shape, placeholder);
  }
}

/** What the speaker has noted. */
export function notesText(notes: XmlNode): string {
  const bodies = shapesOf(notes).filter((shape) => placeholderOf(shape) === "body");
  return bodies
    .flatMap((shape) => paragraphsOf(shape).map(({ text }) => text))
    .filter((text) => text.trim() !== "")
    .join("\n");
}

/** Text of a slide's body is a list in most layouts; that of a box is plain. */
function addShape(builder: TextBuilder, shape: XmlNode, placeholder: string | undefined): void {
  const isList = placeholder !== undefined && placeholder !== "subTitle";
  const paragraphs = paragraphsOf(shape).filter(({ text }) => text.trim() !== "");
  for (const { text, depth, plain } of paragraphs) {
    const marked = (isList && !plain && paragraphs.length > 1) || depth > 0;
    builder.add(marked ? `${"  ".repeat(depth)}- ${oneLine(text)}` : text.trim(), marked);
  }
}

function addTables(builder: TextBuilder, frame: XmlNode): void {
  for (const table of descendants(frame, "tbl")) {
    const rows = elementsOf(table, "tr").map((row) =>
      elementsOf(row, "tc").map((cell) => {
        const isMerged = cell.attributes.hMerge === "1" || cell.attributes.vMerge === "1";
        return isMerged
          ? ""
          : paragraphsOf(cell)
              .map(({ text }) => text)
              .join(" ");
      }),
    );
    builder.table(rows);
  }
}

/** Shapes and frames, also those in groups. */
function shapesOf(node: XmlNode): XmlNode[] {
  return elementsOf(node).flatMap((child) => {
    if (child.name === "sp" || child.name === "graphicFrame" || child.name === "cxnSp") return [child];
    return child.name === "Fallback" ? [] : shapesOf(child);
  });
}

/** Type of the placeholder that a shape fills; `obj` where none is named, undefined for a shape of its own. */
function placeholderOf(shape: XmlNode): string | undefined {
  const place = elementsOf(shape)
    .filter(({ name }) => name.startsWith("nv"))
    .map((properties) => childOf(properties, "nvPr", "ph"))
    .find((found) => found !== undefined);
  return place && (place.attributes.type ?? "obj");
}

function paragraphsOf(shape: XmlNode): { text: string; depth: number; plain: boolean }[] {
  return descendants(shape, "p").map((paragraph) => {
    const properties = childOf(paragraph, "pPr");
    const depth = Math.min(8, Number(properties?.attributes.lvl ?? 0) || 0);
    return { text: textOf(paragraph), depth, plain: childOf(properties, "buNone") !== undefined };
  });
}

function textOf(node: XmlNode): string {
  return elementsOf(node)
    .map((child) => {
      if (child.name === "br") return "\n";
      if (child.name === "t") return child.children.filter((part) => typeof part === "string").join("");
      return /^(pPr|rPr|endParaRPr|Fallback)$/.test(child.name) ? "" : textOf(child);
    })
    .join("");
}
