/** OpenDocument spreadsheets: each row of each sheet is a document with the names of its columns. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { extensions } from "./shared/names.ts";
import { openOpenDocument } from "./shared/opendocument-package.ts";
import { readSheet, type SheetRow } from "./shared/sheets.ts";
import { elementsOf, type XmlNode, xmlText } from "./shared/xml-nodes.ts";

const ods: Format = {
  name: "ods",
  extensions: extensions.ods,
  binary: true,
  rows: true,
  read,
};
export default ods;

const MARKS = new Set(["table"]);
const ROWS = new Set(["table-row"]);
const MAX_COLUMNS = 16_384;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const pack = await openOpenDocument(input, options, false);
  const content = pack.elements("content.xml", ROWS, MARKS);
  let next = await content.next();
  let number = 0;

  /** Up to the start of the next sheet, which stays in `next`. */
  async function* rows(): AsyncGenerator<SheetRow, void, undefined> {
    let row = 1;
    for (next = await content.next(); !next.done && next.value.name !== "table"; next = await content.next()) {
      yield { number: row, cells: cellsOf(next.value) };
      // A row that is there many times says no more than once.
      row += Math.max(1, Number(next.value.attributes["number-rows-repeated"]) || 1);
    }
  }

  while (!next.done) {
    if (next.value.name !== "table") {
      next = await content.next();
      continue;
    }
    const sheet = { name: (next.value.attributes.name ?? `Sheet ${number + 1}`).toWellFormed(), number: ++number };
    yield* readSheet(input, sheet, rows(), { ...options, kind: "ods" });
  }
}

function cellsOf(row: XmlNode): SheetRow["cells"] {
  const cells: SheetRow["cells"] = [];
  let column = 0;
  for (const cell of elementsOf(row)) {
    if (!/^(covered-)?table-cell$/.test(cell.name)) continue;
    const text = elementsOf(cell, "p").map(xmlText).join("\n").trim();
    const times = Math.max(1, Number(cell.attributes["number-columns-repeated"]) || 1);
    if (text !== "") {
      const isText = (cell.attributes["value-type"] ?? "string") === "string";
      for (let i = column; i < Math.min(column + times, MAX_COLUMNS); i++) cells[i] = { text, isText };
    }
    column += times;
  }
  return cells;
}
