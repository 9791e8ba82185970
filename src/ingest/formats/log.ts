/** Logs: parts of bounded size that end between entries; the lines below an entry, such as a stack trace, stay with it. */
import type { Read } from "../../core/document.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { decodedParts } from "./shared/bytes.ts";
import { normalizeText } from "./shared/decode.ts";
import { beginsEntry } from "./shared/log-entries.ts";
import { logTime } from "./shared/log-time.ts";
import { extensions } from "./shared/names.ts";
import { rejectLongRow } from "./shared/rows.ts";
import { LineSplitter, type TextLine } from "./shared/text-lines.ts";

const log: Format = {
  name: "log",
  extensions: extensions.log,
  binary: false,
  rows: true,
  read,
};
export default log;

/** Characters of a part, give or take its last entry. */
const PART_CHARS = 500_000;

interface Part {
  number: number;
  line: number;
  lines: string[];
  chars: number;
  entries: number;
  first?: string | undefined;
  last?: string | undefined;
}

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const limit = options.maxDocumentBytes;
  const size = Math.min(PART_CHARS, limit);
  let part = newPart(1, 1);
  const take = function* (line: TextLine): Generator<Read> {
    const begins = line.tooLong === undefined && beginsEntry(line.text);
    if (part.chars > 0 && (part.chars >= limit || (begins && part.chars >= size))) {
      yield* finished(input, part);
      part = newPart(part.number + 1, line.line);
    }
    if (line.tooLong !== undefined) {
      yield rejectLongRow(input, { number: line.line, line: line.line }, line.tooLong, limit, line.text);
      // What was left out must not shift the lines behind it.
      yield* finished(input, part);
      part = newPart(part.number + 1, line.line + 1);
      return;
    }
    if (begins) {
      part.entries++;
      part.last = stamp(line.text) ?? part.last;
      part.first ??= part.last;
    }
    part.lines.push(line.text);
    part.chars += line.text.length + 1;
  };
  const splitter = new LineSplitter(limit);
  for await (const text of decodedParts(input)) {
    for (const line of splitter.push(text)) yield* take(line);
  }
  for (const line of splitter.push("", true)) yield* take(line);
  yield* finished(input, part);
}

function newPart(number: number, line: number): Part {
  return { number, line, lines: [], chars: 0, entries: 0 };
}

/** The first part is the file itself, so that a log of one part has its file's address. */
function* finished(input: FormatInput, part: Part): Generator<Read> {
  const text = normalizeText(part.lines.join("\n")).text;
  if (text.trim() === "") return;
  const isFirst = part.number === 1;
  yield {
    document: {
      uri: isFirst ? input.uri : `${input.uri}#part=${part.number}`,
      kind: "log",
      title: `${input.name.toWellFormed()}${isFirst ? "" : ` part ${part.number}`}`,
      lang: null,
      text,
      segments: [{ start: 0, line: part.line }],
      row: null,
      metadata: {
        entries: part.entries,
        ...(part.first === undefined ? {} : { first_time: part.first }),
        ...(part.last === undefined ? {} : { last_time: part.last }),
      },
    },
  };
}

/** The time of an entry in a form that sorts; undefined where its line does not say the year. */
function stamp(line: string): string | undefined {
  const at = line.slice(0, 120).search(/\d{4}-\d\d-\d\d[ T]\d\d:/);
  const time = at === -1 ? undefined : logTime(line.slice(at, at + 60));
  return time === undefined || !Number.isFinite(time) ? undefined : new Date(time).toISOString();
}
