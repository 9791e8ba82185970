/** JSON lines: each line is a document; a bad line is refused by its number. */
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { splitLines, utf8Bytes } from "./shared/bytes.ts";
import { parseRow } from "./shared/json-row.ts";
import { extensions } from "./shared/names.ts";
import { type RowRead, readRows } from "./shared/rows.ts";

const jsonl: Format = {
  name: "jsonl",
  extensions: extensions.jsonl,
  binary: false,
  rows: true,
  read: (input, options) => readRows(input, lines(input, options), { ...options, kind: "jsonl" }),
};
export default jsonl;

async function* lines(input: FormatInput, options: ReadOptions): AsyncGenerator<RowRead, void, undefined> {
  for await (const piece of splitLines(utf8Bytes(input), options.maxDocumentBytes)) {
    const read = parseRow(input, piece, piece.line, options.maxDocumentBytes);
    if (read) yield read;
  }
}
