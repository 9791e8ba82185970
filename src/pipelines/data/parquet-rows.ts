/** Single rows of the Parquet files that `curate` and `dedup` write. */
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { MdpError, messageOf } from "../../core/errors.ts";
import type { DocumentSample } from "./sample.ts";

export class ParquetRows {
  readonly #path: string;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;

  private constructor(path: string, file: AsyncBuffer, metadata: FileMetaData) {
    this.#path = path;
    this.#file = file;
    this.#metadata = metadata;
  }

  /** @throws MdpError when the file is damaged */
  static async open(path: string): Promise<ParquetRows> {
    const source = Bun.file(path);
    const file = {
      byteLength: source.size,
      slice: (start: number, end?: number) => source.slice(start, end).arrayBuffer(),
    };
    try {
      return new ParquetRows(path, file, await parquetMetadataAsync(file));
    } catch (error) {
      throw damaged(path, error);
    }
  }

  get count(): number {
    return Number(this.#metadata.num_rows);
  }

  /** One document, by its number in the file; only the pages that hold it are read. */
  async row(number: number): Promise<DocumentSample> {
    try {
      const [row] = await parquetReadObjects({
        file: this.#file,
        metadata: this.#metadata,
        rowStart: number,
        rowEnd: number + 1,
        useOffsetIndex: true,
        compressors: { ZSTD: (bytes) => Bun.zstdDecompressSync(bytes) },
      });
      const { id, text, title, source, kind, lang, metadata } = row as Record<string, string>;
      const known = { source, title, kind, ...(lang ? { lang } : {}) };
      return { id: id!, text: text!, metadata: { ...(JSON.parse(metadata!) as Record<string, unknown>), ...known } };
    } catch (error) {
      throw damaged(this.#path, error);
    }
  }
}

function damaged(path: string, cause: unknown): MdpError {
  return new MdpError({
    code: "parquet-damaged",
    message: `the file of documents cannot be read (${messageOf(cause)})`,
    where: path,
    hint: "mdp data verify names what has changed; make the output again with --overwrite",
    cause,
  });
}
