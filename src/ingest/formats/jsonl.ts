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
  read: (input, options) => {
    const { inside } = input;
    const beginning = inside && { ...input, inside: undefined, bytes: inside.beginning };
    return readRows(input, lines(input, options), {
      ...options,
      kind: "jsonl",
      ...(beginning ? { sample: lines(beginning, options) } : {}),
    });
  },
};
export default jsonl;

async function* lines(input: FormatInput, options: ReadOptions): AsyncGenerator<RowRead, void, undefined> {
  const before = (input.inside?.firstLine ?? 1) - 1;
  for await (const piece of splitLines(utf8Bytes(input), options.maxDocumentBytes)) {
    piece.line += before;
    const read = parseRow(input, piece, piece.line, options.maxDocumentBytes);
    if (read) yield read;
  }
}
