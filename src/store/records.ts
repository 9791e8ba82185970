/** Chunk records to Arrow and back, by the columns of a mapper. */

import { type Arrow, arrow } from "../core/arrow.ts";
import type { Fields } from "../core/document.ts";
import { sha256 } from "../core/hash.ts";
import type { ChunkRecord } from "../core/record.ts";
import { bareWords } from "./accents.ts";
import { booleanData, floatData, integerData, textData, textsData, timeData, vectorData } from "./columns.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { type Column, type ColumnName, tableSchema } from "./schema.ts";
import { BITS, type StoredVectors, storeVectors, type VectorType } from "./vector-types.ts";
import { indexWords } from "./words.ts";

/** Words that surround a passage: the title, the headings above it, the path in pieces, and the mapper's own. */
function contextOf(mapper: Mapper, record: ChunkRecord): string {
  const path = record.path.split(/[/\\._-]+/).join(" ");
  const parts = [record.title, ...record.headings, path, ...(mapper.words?.(record) ?? [])];
  return parts.join("\n").normalize("NFC");
}

/** What full text finds a record by. */
interface Searched {
  context: string;
  /** The context and the record's own text. */
  text: string;
  /** Its words without their accents. */
  bare: string;
}

function searchedIn(mapper: Mapper, record: ChunkRecord): Searched {
  const context = contextOf(mapper, record);
  const text = `${context}\n${record.text}`;
  return { context, text, bare: bareWords(text) };
}

function wordsOf({ text, bare }: Searched): string {
  const words = indexWords(text);
  return words !== "" && bare !== "" ? `${words} ${bare}` : words + bare;
}

/** Hash of everything that is stored in a row, the vector included: equal hashes mean that nothing has to be written. */
function rowHash(mapper: Mapper, record: ChunkRecord, { text, bare }: Searched, vector: ArrayBufferView): string {
  const columns: unknown[] = [
    [record.id, record.doc, record.item, record.root, record.path, record.title, record.kind, record.lang],
    [record.text, record.headings, record.contentHash, record.seq, record.startLine, record.endLine, record.page],
    [record.row, record.start, record.end, record.tokens, record.truncated, Math.round(record.mtimeMs)],
    record.metadata,
  ];
  // Rows without accents are the same as before words were stored without them, and need not be written again.
  if (bare !== "" || text !== text.normalize("NFC")) columns.push(bare);
  if (mapper.columns.length > 0) columns.push(mapper.columns.map(({ name }) => record.fields?.[name] ?? null));
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return sha256(JSON.stringify(columns), bytes).slice(0, 32);
}

/** The values of a column that the mapper adds; see `ChunkRecord.fields` for those that have none. */
function ownColumn({ name, type, nullable }: Column, records: readonly ChunkRecord[]): Arrow.Data {
  const values = records.map(({ fields }) => fields?.[name] ?? null);
  const nothing = nullable ? null : 0;
  const numbers = () => values.map((value) => (typeof value === "number" ? value : nothing));
  switch (type) {
    case "text":
      return textData(values.map((value) => (typeof value === "string" ? value : nullable ? null : "")));
    case "texts":
      return textsData(values.map((value) => (Array.isArray(value) ? value : nullable ? null : [])));
    case "integer":
      return integerData(numbers());
    case "float":
      return floatData(numbers());
    case "time":
      return timeData(numbers());
    case "boolean":
      return booleanData(values.map((value) => value === true));
    case "vector":
      throw new Error(`internal error: the mapper's column ${name} holds vectors, of which a table has one column`);
  }
}

/**
 * One batch of rows. `vectors` is row-major `[records.length, dimension]`.
 * @param waiting 1 for a record that has no vector yet; its values are zeros
 */
export function toTable(
  mapper: Mapper,
  records: readonly ChunkRecord[],
  vectors: Float32Array,
  dimension: number,
  type: VectorType = "float32",
  waiting?: Uint8Array,
): Arrow.Table {
  const a = arrow();
  const schema = tableSchema(mapper, dimension, undefined, type);
  const stored = storeVectors(vectors, dimension, type);
  const hashed = rowsOf(stored, records.length);
  const searched = records.map((record) => searchedIn(mapper, record));
  const field = (name: string) => schema.fields.find((each) => each.name === name)!;
  const texts = (pick: (record: ChunkRecord) => string | null) => textData(records.map(pick));
  const integers = (pick: (record: ChunkRecord) => number | null) => integerData(records.map(pick));
  const columns: Record<ColumnName, Arrow.Data> = {
    id: texts((r) => r.id),
    doc: texts((r) => r.doc),
    item: texts((r) => r.item),
    root: texts((r) => r.root),
    path: texts((r) => r.path),
    title: texts((r) => r.title),
    kind: texts((r) => r.kind),
    lang: texts((r) => r.lang),
    text: texts((r) => r.text),
    headings: textsData(records.map((r) => r.headings)),
    seq: integers((r) => r.seq),
    start_line: integers((r) => r.startLine),
    end_line: integers((r) => r.endLine),
    page: integers((r) => r.page),
    row: integers((r) => r.row),
    tokens: integers((r) => r.tokens),
    truncated: booleanData(records.map((r) => r.truncated)),
    mtime: timeData(records.map((r) => r.mtimeMs)),
    metadata: texts((r) => JSON.stringify(r.metadata)),
    span_start: integers((r) => r.start),
    span_end: integers((r) => r.end),
    content_hash: texts((r) => r.contentHash),
    row_hash: textData(records.map((r, i) => rowHash(mapper, r, searched[i]!, hashed[i]!))),
    context: textData(searched.map(({ context }) => context)),
    words: textData(searched.map(wordsOf)),
    vector: vectorData(field("vector"), stored.values, waiting),
  };
  const own = Object.fromEntries(mapper.columns.map((column) => [column.name, ownColumn(column, records)]));
  const all: Record<string, Arrow.Data> = { ...columns, ...own };
  if (stored.bits) all[BITS] = vectorData(field(BITS), stored.bits, waiting);
  const struct = a.makeData({
    type: new a.Struct(schema.fields),
    length: records.length,
    nullCount: 0,
    children: schema.fields.map((field) => all[field.name]!),
  });
  return new a.Table([new a.RecordBatch(schema, struct)]);
}

/** The stored values of each row. */
function rowsOf({ values }: StoredVectors, rows: number): ArrayBufferView[] {
  const length = values.length / rows;
  return Array.from({ length: rows }, (_, row) => values.subarray(row * length, (row + 1) * length));
}

/** How the mapper's own columns are read: one value per row. */
function ownReaders(mapper: Mapper, table: Arrow.Table): [string, (row: number) => Fields[string]][] {
  return mapper.columns.map(({ name, type }) => {
    const column = table.getChild(name)!;
    if (type !== "texts") return [name, (row: number) => column.get(row) as Fields[string]];
    const list = (row: number) => column.get(row) as Iterable<string> | null;
    return [
      name,
      (row: number) => {
        const values = list(row);
        return values === null ? null : [...values];
      },
    ];
  });
}

/** The records of a table that holds at least the record columns, in its order. */
export function fromTable(mapper: Mapper, table: Arrow.Table): ChunkRecord[] {
  const column = (name: ColumnName) => table.getChild(name)!;
  const text = (name: ColumnName) => {
    const values = column(name);
    return (row: number) => values.get(row) as string;
  };
  const integer = (name: ColumnName) => {
    const values = column(name);
    return (row: number) => values.get(row) as number;
  };
  const headings = column("headings");
  const truncated = column("truncated");
  const read = {
    id: text("id"),
    doc: text("doc"),
    item: text("item"),
    root: text("root"),
    path: text("path"),
    title: text("title"),
    kind: text("kind"),
    lang: text("lang") as (row: number) => string | null,
    text: text("text"),
    headings: (row: number) => [...(headings.get(row) as Iterable<string>)],
    contentHash: text("content_hash"),
    seq: integer("seq"),
    startLine: integer("start_line"),
    endLine: integer("end_line"),
    page: integer("page") as (row: number) => number | null,
    row: integer("row") as (row: number) => number | null,
    start: integer("span_start"),
    end: integer("span_end"),
    tokens: integer("tokens"),
    truncated: (row: number) => truncated.get(row) as boolean,
    mtimeMs: integer("mtime"),
    metadata: (row: number) => JSON.parse(column("metadata").get(row) as string) as ChunkRecord["metadata"],
  } satisfies { [K in Exclude<keyof ChunkRecord, "fields">]: (row: number) => ChunkRecord[K] };
  const own = ownReaders(mapper, table);
  return Array.from({ length: table.numRows }, (_, row) => {
    const values = Object.fromEntries(Object.entries(read).map(([key, value]) => [key, value(row)]));
    const record = values as unknown as ChunkRecord;
    if (own.length > 0) record.fields = Object.fromEntries(own.map(([name, value]) => [name, value(row)]));
    return record;
  });
}
