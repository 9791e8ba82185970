/** SQL scripts and dumps: one document per statement. Rows of `COPY … FROM stdin` and lines for the client are none. */
import type { Read } from "../../core/document.ts";
import type { Format } from "./format.ts";
import { decodedParts } from "./shared/bytes.ts";
import { decodeText } from "./shared/decode.ts";
import { extensions } from "./shared/names.ts";
import { dialectOf, ScriptSplitter } from "./shared/sql-split.ts";
import { Statements } from "./shared/statements.ts";

const sql: Format = {
  name: "sql",
  extensions: extensions.sql,
  binary: false,
  rows: true,
  async *read(input, options) {
    const dialect = dialectOf(decodeText(input.head).text);
    const statements = new Statements(input, options, "sql", dialect);
    const splitter = new ScriptSplitter(dialect, options.maxDocumentBytes);
    const push = function* (part: string, last: boolean): Generator<Read> {
      for (const { text, line, database, tooLong } of splitter.push(part, last)) {
        yield tooLong === undefined
          ? statements.read({ text, line, database })
          : statements.tooLong(line, tooLong, text);
      }
    };
    for await (const part of decodedParts(input)) yield* push(part, false);
    yield* push("", true);
  },
};
export default sql;
