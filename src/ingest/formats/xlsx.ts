/** Excel workbooks: each row of each sheet is a document with the names of its columns, values as they are shown. */
import type { Read } from "../../core/document.ts";
import { MdpError } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { extensions } from "./shared/names.ts";
import { builtInFormat, showNumber } from "./shared/number-format.ts";
import { mainPart, type OfficePackage, openPackage } from "./shared/office-package.ts";
import { type Cell, readSheet, type SheetRow } from "./shared/sheets.ts";
import { childOf, elementsOf, type XmlNode, xmlText } from "./shared/xml-nodes.ts";

const xlsx: Format = {
  name: "xlsx",
  extensions: extensions.xlsx,
  binary: true,
  rows: true,
  read,
};
export default xlsx;

/** The texts of a workbook are held in memory, up to this many characters. */
const MAX_STRINGS_CHARS = 200_000_000;
/** Columns of a sheet in Excel. */
const MAX_COLUMNS = 16_384;

interface Workbook {
  strings: readonly string[];
  /** Codes of number formats, by the style of a cell. */
  formats: readonly string[];
  since1904: boolean;
}

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const pack = await openPackage(input, options, false);
  const main = await mainPart(pack, "xl/workbook.xml", "Excel");
  const relations = await pack.relationsOf(main);
  const partOf = (type: string) => [...relations.values()].find((relation) => relation.type === type)?.target ?? "";
  const properties = await pack.element(main, "workbookPr");
  const book: Workbook = {
    strings: await readStrings(pack, partOf("sharedStrings")),
    formats: await readFormats(pack, partOf("styles")),
    since1904: /^(1|true)$/.test(properties?.attributes.date1904 ?? ""),
  };
  const sheets = await pack.element(main, "sheets");
  let number = 0;
  for (const { attributes } of sheets ? elementsOf(sheets, "sheet") : []) {
    const part = relations.get(attributes["r:id"] ?? attributes.id ?? "")?.target;
    const sheet = { name: (attributes.name ?? `Sheet ${number + 1}`).toWellFormed(), number: ++number };
    if (part !== undefined) yield* readSheet(input, sheet, rowsOf(pack, part, book), { ...options, kind: "xlsx" });
  }
}

async function* rowsOf(pack: OfficePackage, part: string, book: Workbook): AsyncGenerator<SheetRow, void, undefined> {
  let number = 0;
  for await (const row of pack.elements(part, new Set(["row"]))) {
    const told = Number(row.attributes.r);
    number = Number.isSafeInteger(told) && told > number ? told : number + 1;
    const cells: SheetRow["cells"] = [];
    for (const node of elementsOf(row, "c")) {
      const column = columnOf(node.attributes.r) ?? cells.length;
      if (column < MAX_COLUMNS) cells[column] = cellOf(node, book);
    }
    yield { number, cells };
  }
}

/** 0-based column of `BC12`. */
function columnOf(place: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(place ?? "")?.[0];
  return letters === undefined
    ? undefined
    : [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function cellOf(node: XmlNode, book: Workbook): Cell | undefined {
  const value = xmlText(childOf(node, "v"));
  switch (node.attributes.t) {
    case "s":
      return textCell(book.strings[Number(value)] ?? "");
    case "inlineStr":
      return textCell(richText(childOf(node, "is")));
    case "str":
    case "e":
    case "d":
      return textCell(value);
    case "b":
      return { text: value === "1" ? "TRUE" : "FALSE", isText: false };
    default: {
      const number = Number(value);
      if (value === "" || !Number.isFinite(number)) return textCell(value);
      const code = book.formats[Number(node.attributes.s ?? 0)] ?? "General";
      return { text: showNumber(number, code, book.since1904), isText: false };
    }
  }
}

function textCell(text: string): Cell | undefined {
  // Characters that XML cannot hold are written so.
  const plain = text.replace(/_x([0-9A-F]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return text === "" ? undefined : { text: plain, isText: true };
}

/** Runs of a text, without the reading aids of East Asian ones. */
function richText(node: XmlNode | undefined): string {
  if (!node) return "";
  return elementsOf(node)
    .map((child) => (child.name === "t" ? xmlText(child) : child.name === "r" ? xmlText(childOf(child, "t")) : ""))
    .join("");
}

async function readStrings(pack: OfficePackage, part: string): Promise<string[]> {
  const strings: string[] = [];
  let chars = 0;
  for await (const node of pack.elements(part, new Set(["si"]))) {
    const text = richText(node);
    chars += text.length;
    if (chars > MAX_STRINGS_CHARS) {
      throw new MdpError({
        code: "document-too-large",
        message: `the workbook has more than ${MAX_STRINGS_CHARS} characters of different texts`,
        hint: "save its sheets as CSV, which is read row by row",
      });
    }
    strings.push(text);
  }
  return strings;
}

async function readFormats(pack: OfficePackage, part: string): Promise<string[]> {
  const codes = new Map<number, string>();
  const formats: string[] = [];
  for await (const node of pack.elements(part, new Set(["numFmts", "cellXfs"]))) {
    for (const { attributes } of elementsOf(node)) {
      const id = Number(attributes.numFmtId);
      if (node.name === "numFmts") codes.set(id, attributes.formatCode ?? "General");
      else formats.push(codes.get(id) ?? builtInFormat(id));
    }
  }
  return formats;
}
