/** Values of a table's own columns from what a document and its chunk say. */
import type { Chunk, Document, Fields } from "../../core/document.ts";
import type { Mapper } from "../../store/mappers/mapper.ts";
import type { Column } from "../../store/schema.ts";

type Value = Fields[string];

/** By column name: the chunk's field, else the document's metadata; undefined where the table has no such columns. */
export function fieldsOf({ columns }: Mapper, document: Document, chunk: Chunk): Fields | undefined {
  if (columns.length === 0) return undefined;
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      convert(column, chunk.fields?.[column.name] ?? document.metadata[column.name]),
    ]),
  );
}

/** A value as its column takes it; null where it says nothing of that type. */
function convert({ type }: Column, value: Value | undefined): Value {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "text":
      return Array.isArray(value) ? value.join(", ") : String(value);
    case "texts":
      return Array.isArray(value) ? value : [String(value)];
    case "boolean":
      return typeof value === "boolean" ? value : value === "true" || value === 1;
    case "time":
      return numberOf(typeof value === "string" && Number.isNaN(Number(value)) ? Date.parse(value) : value);
    case "integer": {
      const number = numberOf(value);
      return number === null ? null : Math.max(-MAX_INTEGER, Math.min(MAX_INTEGER, Math.trunc(number)));
    }
    default:
      return numberOf(value);
  }
}

/** Columns of integers have 32 bits. */
const MAX_INTEGER = 2 ** 31 - 1;

function numberOf(value: Value): number | null {
  const number =
    typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}
