/**
 * Documents of one task as Parquet: `part_00012.parquet` with the columns `id`, `text`, `title`, `source`, `kind`, `lang`
 * and, as JSON, `metadata` for everything else.
 */
import { join } from "node:path";
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { NewFile } from "../../core/new-file.ts";
import { idOfDocument } from "../../curate/document-file.ts";
import { metadataOf, outputOf } from "./document-sink.ts";
import type { Kept, Sink } from "./finish-task.ts";
import { type Layout, taskName } from "./layout.ts";
import type { FinishRecord } from "./records.ts";

/** Characters and rows that are held back for a group of rows: small enough to hold, large enough to compress well. */
const GROUP_CHARS = 8 << 20;
const GROUP_ROWS = 50_000;
/** Readers decompress a page at a time. */
const PAGE_BYTES = 1 << 20;
const ZSTD_LEVEL = 3;

const text = (name: string, optional = false): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
  repetition_type: optional ? "OPTIONAL" : "REQUIRED",
});

const columns = [
  text("id"),
  text("text"),
  text("title"),
  text("source"),
  text("kind"),
  text("lang", true),
  text("metadata"),
];
const schema: SchemaElement[] = [{ name: "documents", num_children: columns.length }, ...columns];
/** Columns whose values repeat: a dictionary is tried for them alone, as it is costly for what it cannot shorten. */
const repeating: ReadonlySet<string> = new Set(["source", "kind", "lang"]);

export class ParquetSink implements Sink {
  readonly #path: string;
  readonly #file: NewFile;
  readonly #record: FinishRecord;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #rows: (string | null)[][] = columns.map(() => []);
  #chars = 0;

  private constructor(path: string, file: NewFile, record: FinishRecord) {
    this.#path = path;
    this.#file = file;
    this.#record = record;
    const compressors = { ZSTD: (bytes: Uint8Array) => Bun.zstdCompressSync(bytes, { level: ZSTD_LEVEL }) };
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, codec: "ZSTD", compressors, createdBy: "mdp" });
  }

  /** The file appears under its name when the task's documents are all in it. */
  static async create(layout: Layout, task: number, record: FinishRecord): Promise<ParquetSink> {
    const path = `part_${taskName(task)}.parquet`;
    return new ParquetSink(path, await NewFile.create(join(layout.dir, path)), record);
  }

  async add({ record, text }: Kept): Promise<number> {
    const { source: _, title: __, kind: ___, lang: ____, ...rest } = metadataOf(record);
    const { uri, title, kind, lang } = record;
    const values = [idOfDocument(record), text, title, uri, kind, lang, JSON.stringify(rest)];
    for (const [i, value] of values.entries()) {
      this.#rows[i]!.push(value);
      this.#chars += value?.length ?? 0;
    }
    if (this.#chars >= GROUP_CHARS || this.#rows[0]!.length >= GROUP_ROWS) await this.#flush();
    return 0;
  }

  async finish(): Promise<void> {
    await this.#flush();
    this.#writer.finish();
    await this.#drain();
    await this.#file.commit();
    this.#record.output = await outputOf(this.#file.path, this.#path);
  }

  discard(): Promise<void> {
    return this.#file.discard();
  }

  async #flush(): Promise<void> {
    const rows = this.#rows[0]!.length;
    if (rows === 0) return;
    const columnData = columns.map(({ name }, i): ColumnSource => {
      const encoding = repeating.has(name) ? {} : { encoding: "PLAIN" as const };
      return { name, data: this.#rows[i]!, statistics: name !== "text" && name !== "metadata", ...encoding };
    });
    this.#writer.write({ columnData, rowGroupSize: rows, pageSize: PAGE_BYTES });
    this.#rows = columns.map(() => []);
    this.#chars = 0;
    await this.#drain();
  }

  async #drain(): Promise<void> {
    await this.#file.append(this.#bytes.getBytes());
    this.#bytes.index = 0;
  }
}
