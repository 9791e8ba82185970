/** Traces of the SQLite shell, `.trace FILE --profile`: one document per statement, with its time. */
import type { Read } from "../../core/document.ts";
import type { Format } from "./format.ts";
import { decodedParts } from "./shared/bytes.ts";
import { extensions } from "./shared/names.ts";
import { Statements } from "./shared/statements.ts";
import { LineSplitter } from "./shared/text-lines.ts";

const sqliteTrace: Format = {
  name: "sqlite-trace",
  extensions: extensions["sqlite-trace"],
  binary: false,
  rows: true,
  async *read(input, options) {
    const statements = new Statements(input, options, "sqlite-trace", "sqlite");
    const splitter = new LineSplitter(options.maxDocumentBytes);
    let lines: string[] = [];
    let characters = 0;
    let first = 1;
    const push = function* (part: string, last: boolean): Generator<Read> {
      for (const { line, text, tooLong } of splitter.push(part, last)) {
        const ended = /^(.*); -- (\d+) ns$/.exec(text);
        if (lines.length === 0) first = line;
        lines.push(ended?.[1] ?? text);
        characters += (tooLong ?? text.length) + 1;
        if (characters > options.maxDocumentBytes) {
          yield statements.tooLong(first, characters, lines[0]!);
          [lines, characters] = [[], 0];
        } else if (ended) {
          const text = lines.join("\n");
          if (text.trim() !== "") yield statements.read({ text, line: first, durationMs: Number(ended[2]) / 1e6 });
          [lines, characters] = [[], 0];
        }
      }
    };
    for await (const part of decodedParts(input)) yield* push(part, false);
    yield* push("", true);
    const text = lines.join("\n");
    if (text.trim() !== "") yield statements.read({ text, line: first });
  },
};
export default sqliteTrace;
