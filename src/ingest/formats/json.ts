/** JSON: a list of objects is a file of rows, streamed; anything else is one document, kept as it is written. */
import type { Read } from "../../core/document.ts";
import { messageOf } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { utf8Bytes } from "./shared/bytes.ts";
import { decodeText } from "./shared/decode.ts";
import { fileDocument, joinNotes, readText } from "./shared/document.ts";
import { splitArray } from "./shared/json-array.ts";
import { parseRow } from "./shared/json-row.ts";
import { toMetadata } from "./shared/metadata.ts";
import { extensions } from "./shared/names.ts";
import { type RowRead, readRows } from "./shared/rows.ts";

const json: Format = {
  name: "json",
  extensions: extensions.json,
  binary: false,
  rows: true,
  read: (input, options) =>
    isRows(input) ? readRows(input, elements(input, options), { ...options, kind: "json" }) : whole(input, options),
};
export default json;

function isRows(input: FormatInput): boolean {
  return /^\s*\[\s*\{/.test(decodeText(input.head).text);
}

async function* elements(input: FormatInput, options: ReadOptions): AsyncGenerator<RowRead, void, undefined> {
  let number = 0;
  for await (const piece of splitArray(utf8Bytes(input), options.maxDocumentBytes)) {
    const read = parseRow(input, piece, ++number, options.maxDocumentBytes);
    if (read) yield read;
  }
}

const NAMES = ["title", "name", "$id", "id"];
const DESCRIPTIONS = ["description", "summary", "version"];

async function* whole(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const decoded = await readText(input, options);
  const { fields, problem } = parse(decoded.text);
  const title = NAMES.map((name) => fields[name]).find((value) => typeof value === "string" && value !== "");
  const described = Object.entries(fields).filter(
    ([name, value]) => DESCRIPTIONS.includes(name) && typeof value === "string",
  );
  yield fileDocument(
    input,
    { ...decoded, ...joinNotes(decoded.note, problem) },
    {
      kind: "json",
      title: typeof title === "string" ? title : undefined,
      text: decoded.text,
      metadata: toMetadata(Object.fromEntries(described)),
    },
  );
}

/** The top level's fields. JSON with comments and other dialects are kept as text, with a note. */
function parse(text: string): { fields: Record<string, unknown>; problem?: string } {
  if (text.trim() === "") return { fields: {} };
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return { fields: isObject ? (value as Record<string, unknown>) : {} };
  } catch (error) {
    return { fields: {}, problem: `not strict JSON, kept as text: ${messageOf(error)}` };
  }
}
