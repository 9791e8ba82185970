/** The footer of a Parquet file: its schema, and where the columns of each group of rows lie. */
import { type ColumnMetaData, type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from "hyparquet";
import { MdpError, messageOf } from "../../../core/errors.ts";
import type { LineRange } from "../../sources/source.ts";
import type { FormatInput } from "../format.ts";

export interface Footer {
  metadata: FileMetaData;
  schema: SchemaTree;
}

/** The mark at the end, and the footer's length before it. */
const TRAILER_BYTES = 8;
const MAX_FOOTER_BYTES = 256_000_000;
const MARK = "PAR1";
const ENCRYPTED_MARK = "PARE";

/** Throws an `MdpError` when the file is cut off, damaged or encrypted. */
export async function readFooter(input: FormatInput): Promise<Footer> {
  const trailer = Buffer.from(await input.slice(Math.max(0, input.fileSize - TRAILER_BYTES), input.fileSize));
  const mark = trailer.toString("latin1", 4);
  if (mark === ENCRYPTED_MARK || startOf(input) === ENCRYPTED_MARK) throw encrypted();
  if (input.fileSize < TRAILER_BYTES + 4 || mark !== MARK) {
    throw damaged("the file ends early: it has no footer at its end", "get the whole file again");
  }
  if (startOf(input) !== MARK) throw damaged("the file does not begin with PAR1");
  const length = trailer.readUInt32LE(0);
  const start = input.fileSize - TRAILER_BYTES - length;
  if (start < 4 || length > MAX_FOOTER_BYTES) {
    throw damaged(
      `its footer claims ${length} bytes of the file's ${input.fileSize} (at most ${MAX_FOOTER_BYTES} are read)`,
    );
  }
  try {
    const metadata = parquetMetadata(await input.slice(start, input.fileSize), { geoparquet: false });
    return { metadata, schema: parquetSchema(metadata) };
  } catch (error) {
    throw damaged(`its footer cannot be read: ${messageOf(error)}`);
  }
}

const startOf = ({ head }: FormatInput) => Buffer.from(head.buffer, head.byteOffset, 4).toString("latin1");

/** Where a group of rows begins in the file. */
export function groupStart(metadata: FileMetaData, group: number): number {
  const starts = metadata.row_groups[group]!.columns.map(({ meta_data: about }) => chunkStart(about));
  return Math.min(...starts);
}

/** Where a column of a group begins: with its dictionary, when it has one. */
export function chunkStart(about: ColumnMetaData | undefined): number {
  const first = Number(about?.data_page_offset ?? 0);
  const dictionary = Number(about?.dictionary_page_offset ?? 0);
  return dictionary > 0 && dictionary < first ? dictionary : first;
}

/**
 * A file in stretches of whole groups of rows, of about `bytes` each; none when it is damaged, which reading it will say.
 * The first and the last one take the file's beginning and its footer with them.
 */
export async function stretchesOf(input: FormatInput, bytes: number): Promise<LineRange[]> {
  const footer = await readFooter(input).catch(() => undefined);
  if (!footer) return [];
  const { metadata } = footer;
  const ranges: LineRange[] = [];
  let range: LineRange = { start: 0, end: 0, firstLine: 1 };
  let row = 1;
  for (const [group, { num_rows: rows }] of metadata.row_groups.entries()) {
    const start = groupStart(metadata, group);
    if (!(start >= range.start && start < input.fileSize)) return [];
    if (group > 0 && start - range.start >= bytes) {
      ranges.push({ ...range, end: start });
      range = { start, end: start, firstLine: row };
    }
    row += Number(rows);
  }
  return [...ranges, { ...range, end: input.fileSize }];
}

/** Where a column of a group of rows lies; throws an `MdpError` when it cannot be read. */
export function chunkOf(metadata: FileMetaData, group: number, path: readonly string[]): ColumnMetaData {
  const columns = metadata.row_groups[group]!.columns;
  const name = path.join(".");
  const found = columns.find(({ meta_data: about }) => about?.path_in_schema.join(".") === name);
  if (columns.some((column) => column.crypto_metadata !== undefined && (column === found || !column.meta_data))) {
    throw encrypted();
  }
  if (!found?.meta_data) throw damaged(`its footer does not say where the column ${name} is`);
  if (found.file_path) throw damaged(`the column ${name} lies in another file, ${found.file_path}`);
  return found.meta_data;
}

/** A file, or a part of it, that does not hold what it should. */
export function damaged(
  message: string,
  hint = "get the file again, or write it again with the tool that made it",
): MdpError {
  return new MdpError({ code: "parquet-damaged", message, hint });
}

function encrypted(): MdpError {
  return new MdpError({
    code: "parquet-encrypted",
    message: "the Parquet file is encrypted",
    hint: "write a copy without encryption, with the tool that has its keys",
  });
}
