/** Chunk records to Arrow and back. */

import { type Arrow, arrow } from "../../core/arrow.ts";
import { sha256 } from "../../core/hash.ts";
import type { ChunkRecord } from "../../core/record.ts";
import { booleanData, integerData, textData, textsData, timeData, vectorData } from "../columns.ts";
import { type ColumnName, tableSchema } from "../schema.ts";
import { indexWords } from "../words.ts";

/** Words that surround a passage: the title, the headings above it, the path in pieces. */
function contextOf(record: ChunkRecord): string {
  return [record.title, ...record.headings, record.path.split(/[/\\._-]+/).join(" ")].join("\n");
}

/** Hash of everything that is stored in a row, the vector included: equal hashes mean that nothing has to be written. */
function rowHash(record: ChunkRecord, vector: Float32Array): string {
  const columns = [
    [record.id, record.doc, record.item, record.root, record.path, record.title, record.kind, record.lang],
    [record.text, record.headings, record.contentHash, record.seq, record.startLine, record.endLine, record.page],
    [record.row, record.start, record.end, record.tokens, record.truncated, Math.round(record.mtimeMs)],
    record.metadata,
  ];
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return sha256(JSON.stringify(columns), bytes).slice(0, 32);
}

/** One batch of rows. `vectors` is row-major `[records.length, dimension]`. */
export function toTable(records: readonly ChunkRecord[], vectors: Float32Array, dimension: number): Arrow.Table {
  const a = arrow();
  const schema = tableSchema(dimension);
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
    row_hash: textData(records.map((r, i) => rowHash(r, vectors.subarray(i * dimension, (i + 1) * dimension)))),
    context: texts(contextOf),
    words: texts((r) => indexWords(`${contextOf(r)}\n${r.text}`)),
    vector: vectorData(vectors, dimension),
  };
  const struct = a.makeData({
    type: new a.Struct(schema.fields),
    length: records.length,
    nullCount: 0,
    children: schema.fields.map((field) => columns[field.name as ColumnName]),
  });
  return new a.Table([new a.RecordBatch(schema, struct)]);
}

/** The records of a table that holds at least the record columns, in its order. */
export function fromTable(table: Arrow.Table): ChunkRecord[] {
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
  } satisfies { [K in keyof ChunkRecord]: (row: number) => ChunkRecord[K] };
  return Array.from(
    { length: table.numRows },
    (_, row) =>
      Object.fromEntries(Object.entries(read).map(([key, value]) => [key, value(row)])) as unknown as ChunkRecord,
  );
}
