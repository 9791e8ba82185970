/** One column of a group of rows, page by page: no more than a page of it is held, however large the group is. */
import * as zlib from "node:zlib";
import type { ColumnMetaData, Compressors, DecodedArray, SchemaTree } from "hyparquet";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { isFlatColumn } from "hyparquet/src/schema.js";
import { compressors as portable } from "hyparquet-compressors";
import type { FormatInput } from "../format.ts";
import { chunkStart, damaged } from "./parquet-footer.ts";
import { toJsonOf } from "./parquet-values.ts";

type PageHeader = ReturnType<typeof parquetHeader>;
type Decoder = Parameters<typeof readPage>[2];

/** A page header with the statistics of its page is rarely longer. */
const HEADER_BYTES = 16_384;
const MAX_HEADER_BYTES = 16_000_000;
/** Pages have about a megabyte; one that claims more than this is not decompressed. */
const MAX_PAGE_BYTES = 1 << 29;

type Unpack = (bytes: Uint8Array, length: number) => Uint8Array;
type EngineUnpack = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** The engine has it; its types do not name it. */
const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync: EngineUnpack };

/** Of the engine's own decompressors, which are several times as fast; they stop at the length that the page has. */
const engine =
  (unpack: EngineUnpack): Unpack =>
  (bytes, length) =>
    unpack(bytes, { maxOutputLength: length });

/** A page without values may have no bytes at all, which no decompressor takes. */
const compressors = Object.fromEntries(
  Object.entries({
    ...portable,
    BROTLI: engine(zlib.brotliDecompressSync),
    GZIP: engine(zlib.gunzipSync),
    ZSTD: engine(zstdDecompressSync),
  }).map(([codec, unpack]): [string, Unpack] => [
    codec,
    (bytes, length) => (length === 0 ? new Uint8Array() : unpack!(bytes, length)),
  ]),
) as Compressors;

export class ColumnPages {
  readonly #input: FormatInput;
  readonly #chunk: ColumnMetaData;
  readonly #decoder: Decoder;
  readonly #flat: boolean;
  readonly #rows: number;
  #position: number;
  /** Values of the chunk that have been read, nulls included. */
  #values = 0;
  #dictionary: DecodedArray | undefined;
  #ready: DecodedArray = [];
  #taken = 0;
  #read = 0;

  /** `path` leads from the root of the schema to the column; `rows` is the number of rows in the group. */
  constructor(input: FormatInput, path: SchemaTree[], chunk: ColumnMetaData, rows: number) {
    this.#input = input;
    this.#chunk = chunk;
    this.#decoder = decoderOf(path, chunk);
    this.#flat = isFlatColumn(path);
    this.#rows = rows;
    this.#position = chunkStart(chunk);
  }

  /** Rows that can be taken without reading. */
  get available(): number {
    const held = this.#ready.length - this.#taken;
    // The last row of a page of lists may go on in the next one.
    return this.#flat || this.#ended ? held : Math.max(0, held - 1);
  }

  /** Reads until there are rows to take. */
  async load(): Promise<void> {
    while (this.available === 0) {
      if (this.#ended) throw damaged(`the column ${this.#name} ends after ${this.#read} of ${this.#rows} rows`);
      const { header, page } = await this.#nextPage();
      if (header.type === "DICTIONARY_PAGE") this.#dictionary = this.#decodeDictionary(header, page);
      else if (header.type === "DATA_PAGE" || header.type === "DATA_PAGE_V2") this.#decodePage(header, page);
    }
  }

  /** The next rows' values; not more than `available`. */
  take(rows: number): unknown[] {
    const from = this.#taken;
    this.#taken += rows;
    this.#read += rows;
    return Array.from(this.#ready.slice(from, this.#taken) as ArrayLike<unknown>);
  }

  get #name(): string {
    return this.#decoder.pathInSchema.join(".");
  }

  get #ended(): boolean {
    return this.#values >= Number(this.#chunk.num_values);
  }

  async #nextPage(): Promise<{ header: PageHeader; page: Uint8Array }> {
    const { header, bytes } = await this.#nextHeader();
    const start = this.#position + bytes;
    const { compressed_page_size: size, uncompressed_page_size: unpacked } = header;
    if (!(size >= 0 && unpacked >= 0 && start + size <= this.#input.fileSize)) {
      throw damaged(`a page of the column ${this.#name} has ${size} bytes, more than the file`);
    }
    if (unpacked > MAX_PAGE_BYTES || size > MAX_PAGE_BYTES) {
      throw damaged(
        `a page of the column ${this.#name} has ${unpacked} bytes, more than the ${MAX_PAGE_BYTES} allowed`,
      );
    }
    this.#position = start + size;
    return { header, page: await this.#input.slice(start, start + size) };
  }

  async #nextHeader(): Promise<{ header: PageHeader; bytes: number }> {
    for (let window = HEADER_BYTES; ; window *= 16) {
      const end = Math.min(this.#input.fileSize, this.#position + window);
      const part = await this.#input.slice(this.#position, end);
      const reader = { view: new DataView(part.buffer, part.byteOffset, part.byteLength), offset: 0 };
      try {
        return { header: parquetHeader(reader), bytes: reader.offset };
      } catch (error) {
        // The header may go on behind the window.
        if (end === this.#input.fileSize || window > MAX_HEADER_BYTES) throw error;
      }
    }
  }

  #decodeDictionary(header: PageHeader, page: Uint8Array): DecodedArray {
    this.#checkCount(header.dictionary_page_header?.num_values, Number(this.#chunk.num_values));
    const { data = [] } = readPage(readerOf(page), header, this.#decoder, undefined, undefined, 0);
    const convert = this.#decoder.element.converted_type === "DATE" ? this.#decoder.parsers.dateFromDays : undefined;
    return convert ? Array.from(data as ArrayLike<unknown>, (value) => convert(value as number)) : data;
  }

  #decodePage(header: PageHeader, page: Uint8Array): void {
    const count = (header.data_page_header ?? header.data_page_header_v2)?.num_values;
    this.#checkCount(count, Number(this.#chunk.num_values) - this.#values);
    const held = this.#ready.slice(this.#taken);
    const previous = this.#flat ? undefined : Array.from(held as ArrayLike<unknown>);
    const { data = [] } = readPage(readerOf(page), header, this.#decoder, this.#dictionary, previous, 0);
    this.#values += count!;
    // Without lists a page's rows are given back alone; with them they are put behind those that were held.
    this.#ready = previous === undefined || data === previous ? data : [...previous, ...data];
    this.#taken = 0;
  }

  /** What a page claims to hold is believed only within what the column has. */
  #checkCount(count: number | undefined, most: number): void {
    if (count === undefined || !(count >= 0 && count <= most)) {
      throw damaged(`a page of the column ${this.#name} claims ${count} values, where at most ${most} are left`);
    }
  }
}

const readerOf = (page: Uint8Array) => ({
  view: new DataView(page.buffer, page.byteOffset, page.byteLength),
  offset: 0,
});

/**
 * The library carries a list from one page to the next only where an element stands within what repeats, as in today's
 * lists; older ones repeat the value itself. An element that is always there changes no level.
 */
function throughLists(path: SchemaTree[]): SchemaTree[] {
  const leaf = path.at(-1)!;
  if (leaf.element.repetition_type !== "REPEATED") return path;
  return [...path, { ...leaf, element: { ...leaf.element, name: "element", repetition_type: "REQUIRED" } }];
}

/**
 * The library converts values of a DATE column by `dateFromDays`, whatever they are: so every column that needs a
 * conversion of ours is called one. Variants are put together by the library itself, and need its own.
 */
function decoderOf(path: SchemaTree[], chunk: ColumnMetaData): Decoder {
  const { element } = path.at(-1)!;
  const { type, type_length, repetition_type, name } = element;
  const { path_in_schema: pathInSchema, codec } = chunk;
  const shared = { pathInSchema, type: chunk.type, schemaPath: throughLists(path), codec, compressors, utf8: false };
  if (path.some(({ element: { logical_type: logical } }) => logical?.type === "VARIANT")) {
    return { ...shared, element, parsers: DEFAULT_PARSERS };
  }
  const toJson = toJsonOf(element);
  const plain = {
    name,
    ...(type && { type }),
    ...(type_length && { type_length }),
    ...(repetition_type && { repetition_type }),
  };
  if (!toJson) return { ...shared, element: plain, parsers: DEFAULT_PARSERS };
  return {
    ...shared,
    element: { ...plain, converted_type: "DATE" },
    parsers: { ...DEFAULT_PARSERS, dateFromDays: toJson },
  };
}
