/** Workbooks of Excel before 2007: each row of each sheet is a document with the names of its columns. */
import type { WorkBook, WorkSheet } from "@e965/xlsx";
import type { Read } from "../../core/document.ts";
import { MdpError, messageOf } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { readAll } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { withoutCircles } from "./shared/ole-circles.ts";
import { readSheet, type SheetRow } from "./shared/sheets.ts";

const xls: Format = {
  name: "xls",
  extensions: extensions.xls,
  binary: true,
  rows: true,
  read,
};
export default xls;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const bytes = await readAll(input, options);
  const book = await parse(bytes, input.name);
  for (const [i, name] of book.SheetNames.entries()) {
    const sheet = book.Sheets[name];
    const place = { name: name.toWellFormed(), number: i + 1 };
    if (sheet) yield* readSheet(input, place, rowsOf(sheet), { ...options, kind: "xls" });
  }
}

async function parse(bytes: Uint8Array, name: string): Promise<WorkBook> {
  const { read: readBook, set_cptable: setCodePages } = await import("@e965/xlsx");
  setCodePages(await import("@e965/xlsx/dist/cpexcel.full.mjs"));
  try {
    return readBook(withoutProperties(withoutCircles(bytes)), {
      type: "array",
      dense: true,
      cellFormula: false,
      cellHTML: false,
    });
  } catch (cause) {
    const isLocked = /password|encrypt/i.test(messageOf(cause));
    throw new MdpError({
      code: isLocked ? "document-encrypted" : "document-damaged",
      message: isLocked ? "the workbook needs a password" : `the workbook cannot be read: ${messageOf(cause)}`,
      hint: isLocked ? "save a copy without one" : `convert it first: libreoffice --headless --convert-to xlsx ${name}`,
      cause,
    });
  }
}

/** Streams with the title, the author and so on: nothing of them is used, and a damaged one announces billions. */
const PROPERTIES = ["\x05SummaryInformation", "\x05DocumentSummaryInformation"].map((name) =>
  Buffer.from(name, "utf16le"),
);

/** A copy in whose directory those streams have another name, so that the library does not look into them. */
function withoutProperties(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (const name of PROPERTIES) {
    for (let at = copy.indexOf(name); at >= 0; at = copy.indexOf(name, at)) copy.writeUInt16LE(0x78, at);
  }
  return copy;
}

async function* rowsOf(sheet: WorkSheet): AsyncGenerator<SheetRow, void, undefined> {
  for (const [i, row] of (sheet["!data"] ?? []).entries()) {
    const cells = Array.from(row ?? [], (cell) => {
      const text = cell === undefined || cell.t === "z" ? "" : (cell.w ?? String(cell.v ?? ""));
      return text === "" ? undefined : { text: text.trim(), isText: cell!.t === "s" };
    });
    yield { number: i + 1, cells };
  }
}
