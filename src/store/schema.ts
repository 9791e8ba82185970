/** The columns of a table: what is stored, what filters may name, and what is indexed. */

import { type Arrow, arrow } from "../core/arrow.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { type VectorType, vectorFields } from "./vector-types.ts";

/** Name of the table of passages of plain documents; the other engines' tables have the engine's name. */
export const TABLE = "chunks";

/** Version of the columns that every table has; a table of a later version is refused. */
export const FORMAT = 1;

const METADATA_FORMAT = "mdp:format";
const METADATA_EMBEDDER = "mdp:embedder";
const METADATA_MAPPER = "mdp:mapper";

export type ColumnType = "text" | "integer" | "float" | "boolean" | "time" | "texts" | "vector";

/** How a column is indexed: `btree`, `bitmap` and `labels` (of lists) for filters, `prose` and `words` for full text. */
export type ColumnIndex = "btree" | "bitmap" | "labels" | "prose" | "words";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable?: true;
  readonly index?: ColumnIndex;
  /** Internal columns are not offered to people who write filters. */
  readonly internal?: true;
}

/** What every table has, whatever its mapper adds. */
export const COLUMNS = [
  { name: "id", type: "text", index: "btree" },
  { name: "doc", type: "text", index: "btree" },
  { name: "item", type: "text", index: "btree" },
  { name: "root", type: "text", index: "bitmap" },
  { name: "path", type: "text", index: "btree" },
  { name: "title", type: "text" },
  { name: "kind", type: "text", index: "bitmap" },
  { name: "lang", type: "text", nullable: true, index: "bitmap" },
  { name: "text", type: "text", index: "prose" },
  { name: "headings", type: "texts" },
  { name: "seq", type: "integer" },
  { name: "start_line", type: "integer" },
  { name: "end_line", type: "integer" },
  { name: "page", type: "integer", nullable: true },
  { name: "row", type: "integer", nullable: true },
  { name: "tokens", type: "integer" },
  { name: "truncated", type: "boolean" },
  { name: "mtime", type: "time", index: "btree" },
  { name: "metadata", type: "text" },
  { name: "span_start", type: "integer", internal: true },
  { name: "span_end", type: "integer", internal: true },
  { name: "content_hash", type: "text", internal: true },
  { name: "row_hash", type: "text", internal: true },
  { name: "context", type: "text", index: "prose", internal: true },
  { name: "words", type: "text", index: "words", internal: true },
  { name: "vector", type: "vector", nullable: true, internal: true },
] as const satisfies readonly Column[];

export type ColumnName = (typeof COLUMNS)[number]["name"];

/** Columns that a record is not read back from: the vector and what is derived from the others. */
const DERIVED: readonly string[] = ["row_hash", "context", "words", "vector"];

/** All columns of a table of this mapper. */
export function columnsOf(mapper: Mapper): readonly Column[] {
  return [...COLUMNS, ...mapper.columns];
}

/** Every column that a record is read back from. */
export function recordColumns(mapper: Mapper): string[] {
  return columnsOf(mapper)
    .map(({ name }) => name)
    .filter((name) => !DERIVED.includes(name));
}

/** The columns that people may name in a filter. */
export function filterColumns(mapper: Mapper): string[] {
  return columnsOf(mapper)
    .filter(({ internal }) => !internal)
    .map(({ name }) => name);
}

function arrowType(type: Exclude<ColumnType, "vector">): Arrow.DataType {
  const a = arrow();
  switch (type) {
    case "text":
      return new a.Utf8();
    case "integer":
      return new a.Int32();
    case "float":
      return new a.Float64();
    case "boolean":
      return new a.Bool();
    case "time":
      return new a.TimestampMillisecond();
    case "texts":
      return new a.List(new a.Field("item", new a.Utf8(), true));
  }
}

/**
 * The Arrow schema of a table of a mapper's columns and of `dimension`-long vectors. `id` is declared as the (unenforced) primary key: with it
 * LanceDB repeats a merge that raced with another writer instead of inserting the same id twice.
 */
export function tableSchema(
  mapper: Mapper,
  dimension: number,
  metadata?: Map<string, string>,
  vectorType: VectorType = "float32",
): Arrow.Schema {
  const a = arrow();
  const fields = columnsOf(mapper).flatMap(({ name, type, nullable = false }) => {
    if (type === "vector") return vectorFields(vectorType, dimension, nullable);
    const key = name === "id" ? new Map([["lance-schema:unenforced-primary-key", "true"]]) : undefined;
    return [new a.Field(name, arrowType(type), nullable, key)];
  });
  return new a.Schema(fields, metadata);
}

/** What a table says about itself. */
export interface TableLabel {
  format: number;
  embedder: EmbedderDescription;
  /** Name of the mapper whose columns it has. */
  mapper: string;
}

export function labelToMetadata(embedder: EmbedderDescription, mapper: Mapper): Map<string, string> {
  return new Map([
    [METADATA_FORMAT, String(FORMAT)],
    [METADATA_EMBEDDER, JSON.stringify(embedder)],
    [METADATA_MAPPER, mapper.name],
  ]);
}

/** The label of a table, or undefined when it is not one of ours. */
export function labelFromMetadata(metadata: ReadonlyMap<string, string>): TableLabel | undefined {
  const format = Number(metadata.get(METADATA_FORMAT));
  const embedder = metadata.get(METADATA_EMBEDDER);
  if (!Number.isInteger(format) || embedder === undefined) return undefined;
  // Tables that were made before there were mappers hold documents.
  const mapper = metadata.get(METADATA_MAPPER) ?? "document";
  return { format, embedder: JSON.parse(embedder) as EmbedderDescription, mapper };
}
