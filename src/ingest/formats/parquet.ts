/** Parquet: each row is a document; groups of rows are read page by page, and a damaged group is refused by its rows. */
import type { FileMetaData, SchemaTree } from "hyparquet";
import { assembleNested } from "hyparquet/src/assemble.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { MdpError, messageOf } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { missingField, namedFields } from "./shared/fields.ts";
import { MAX_FIELDS } from "./shared/metadata.ts";
import { extensions } from "./shared/names.ts";
import { chunkOf, damaged, groupStart, readFooter } from "./shared/parquet-footer.ts";
import { ColumnPages } from "./shared/parquet-pages.ts";
import { plainValue } from "./shared/parquet-values.ts";
import { type RowRead, readRows, rejectLongRow, rejectRow } from "./shared/rows.ts";

const parquet: Format = {
  name: "parquet",
  extensions: extensions.parquet,
  binary: true,
  rows: true,
  read: (input, options) => {
    // Fields are chosen by the file's first rows, so that all of its stretches are read alike.
    const beginning = input.stretch && { ...input, stretch: undefined };
    const sample = beginning ? { sample: tableRows(beginning, options) } : {};
    return readRows(input, tableRows(input, options), { ...options, kind: "parquet", ...sample });
  },
};
export default parquet;

/** Rows that are put together at a time, where pages hold more. */
const BATCH_ROWS = 256;

async function* tableRows(input: FormatInput, options: ReadOptions): AsyncGenerator<RowRead, void, undefined> {
  const { metadata, schema } = await readFooter(input);
  const columns = chooseColumns(schema, options);
  let number = 0;
  for (const [group, { num_rows: rows }] of metadata.row_groups.entries()) {
    const first = number + 1;
    const next = number + Number(rows);
    if (!isMeant(input, groupStart(metadata, group))) {
      number = next;
      continue;
    }
    try {
      for await (const values of groupRows(input, metadata, schema, group, columns)) {
        yield checked(input, ++number, values, options.maxDocumentBytes);
      }
    } catch (error) {
      if (error instanceof MdpError && error.code === "parquet-encrypted") throw error;
      yield refuse(input, { group, first, last: next, after: number }, error);
      number = next;
    }
  }
}

/** Whether a group of rows that begins at a place of the file lies in the stretch that is read. */
const isMeant = ({ stretch }: FormatInput, start: number) =>
  !stretch || (start >= stretch.start && start < stretch.end);

/** Columns that become text, title, id or metadata; vectors are none of them. */
function chooseColumns(schema: SchemaTree, options: ReadOptions): SchemaTree[] {
  const names = schema.children.map(({ element }) => element.name);
  const told = [[options.textField, "--text-field"] as const, [options.idField, "--id-field"] as const].flatMap(
    ([field, setting]) => {
      if (field === undefined) return [];
      const found = [field, field.split(".", 1)[0]!].find((name) => names.includes(name));
      if (found === undefined) throw missingField(field, names, setting);
      return [found];
    },
  );
  const kept = schema.children.filter((column) => told.includes(column.element.name) || !isVector(column));
  const columns = kept.length > 0 ? kept : schema.children;
  if (columns.length <= MAX_FIELDS) return columns;
  // More are not kept: first those that may be text, title or id.
  const wanted = new Set([...told, ...names.filter((name) => namedFields.has(name.toLowerCase()))]);
  const rest = columns.filter(({ element }) => !wanted.has(element.name)).slice(0, MAX_FIELDS - wanted.size);
  return columns.filter((column) => wanted.has(column.element.name) || rest.includes(column));
}

/** A list of floating-point numbers. */
function isVector(column: SchemaTree): boolean {
  let repeated = false;
  for (let node = column; ; node = node.children[0]!) {
    repeated ||= node.element.repetition_type === "REPEATED";
    if (node.children.length === 0)
      return repeated && (node.element.type === "FLOAT" || node.element.type === "DOUBLE");
    if (node.children.length > 1) return false;
  }
}

interface Column {
  tree: SchemaTree;
  leaves: { name: string; pages: ColumnPages }[];
}

async function* groupRows(
  input: FormatInput,
  metadata: FileMetaData,
  schema: SchemaTree,
  group: number,
  trees: readonly SchemaTree[],
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  const rows = Number(metadata.row_groups[group]!.num_rows);
  const columns = trees.map((tree): Column => {
    const leaves = leafPaths([schema, tree]).map((path) => {
      const chunk = chunkOf(metadata, group, path.at(-1)!.path);
      return { name: chunk.path_in_schema.join("."), pages: new ColumnPages(input, path, chunk, rows) };
    });
    return { tree, leaves };
  });
  const pages = columns.flatMap(({ leaves }) => leaves.map((leaf) => leaf.pages));
  if (rows > 0 && pages.length === 0) throw damaged("the file has no columns");
  for (let done = 0; done < rows; ) {
    for (const column of pages) if (column.available === 0) await column.load();
    const count = Math.min(rows - done, BATCH_ROWS, ...pages.map(({ available }) => available));
    const values = columns.map((column) => ({ name: column.tree.element.name, taken: takeValues(column, count) }));
    for (let i = 0; i < count; i++) {
      const row: Record<string, unknown> = Object.create(null);
      for (const { name, taken } of values) row[name] = taken[i] ?? null;
      yield row;
    }
    done += count;
  }
}

/** The next values of a column; lists and structs are put together from their leaves. */
function takeValues({ tree, leaves }: Column, count: number): readonly unknown[] {
  if (tree.children.length === 0) return leaves[0]!.pages.take(count);
  const parts = new Map(leaves.map(({ name, pages }) => [name, pages.take(count)]));
  assembleNested(parts, tree, DEFAULT_PARSERS);
  const values = parts.get(tree.path.join("."));
  if (!values) throw damaged(`the column ${tree.element.name} cannot be put together`);
  return values.map(plainValue);
}

/** Every path from the root to a column that is stored. */
function leafPaths(path: SchemaTree[]): SchemaTree[][] {
  const { children } = path.at(-1)!;
  return children.length === 0 ? [path] : children.flatMap((child) => leafPaths([...path, child]));
}

function checked(input: FormatInput, number: number, values: Record<string, unknown>, limit: number): RowRead {
  let bytes = 0;
  for (const value of Object.values(values)) bytes += sizeOf(value);
  if (bytes <= limit) return { row: { number, line: number, values } };
  const start = String(Object.values(values).find((value) => typeof value === "string") ?? "");
  return rejectLongRow(input, { number, line: number }, bytes, limit, start);
}

/** Bytes of a value in UTF-8, its structure left out. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 0;
  for (const item of Object.values(value)) bytes += sizeOf(item);
  return bytes;
}

/** The rest of a group of rows that cannot be read. */
function refuse(
  input: FormatInput,
  { group, first, last, after }: { group: number; first: number; last: number; after: number },
  error: unknown,
): RowRead {
  const rows = `rows ${after + 1} to ${last} cannot be read`;
  const reason = `${rows} (row group ${group + 1}, from row ${first} on): ${messageOf(error)}`;
  const hint = (error instanceof MdpError && error.hint) || "get the file again; the other rows were read";
  return rejectRow(input, { number: after + 1, line: after + 1 }, { code: "parquet-damaged", reason, hint });
}
