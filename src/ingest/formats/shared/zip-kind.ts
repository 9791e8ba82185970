/** Which document a zip archive is, by its first members. */

const FIRST = /^(\[Content_Types\]\.xml$|_rels\/|docProps\/|customXml\/|word\/|ppt\/|xl\/)/;
const MAIN_PARTS = { "word/document": "docx", "ppt/presentation": "pptx", "xl/workbook": "xlsx" } as const;
const TYPES: readonly (readonly [string, string])[] = [
  ["application/epub+zip", "epub"],
  ["application/vnd.oasis.opendocument.text", "opendocument"],
  ["application/vnd.oasis.opendocument.presentation", "opendocument"],
  ["application/vnd.oasis.opendocument.spreadsheet", "ods"],
];
const NAMED = new Set(["docx", "epub", "ods", "opendocument", "pptx", "xlsx"]);

/** The format; `named` is the one that the file's name stands for, for archives that do not tell near their start. */
export function zipFormat(head: Uint8Array, named: string | undefined): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const nameEnd = bytes.length >= 30 ? 30 + bytes.readUInt16LE(26) : 0;
  const first = bytes.subarray(30, nameEnd).toString("latin1");
  if (first === "mimetype") {
    const start = nameEnd + bytes.readUInt16LE(28);
    const type = bytes.subarray(start, start + 80).toString("latin1");
    const found = TYPES.find(([mark]) => type.startsWith(mark));
    if (found) return found[1];
  }
  if (FIRST.test(first)) {
    for (const [part, format] of Object.entries(MAIN_PARTS)) if (bytes.includes(`${part}.xml`)) return format;
  }
  return named !== undefined && NAMED.has(named) ? named : "zip";
}
