/** Parquet: `<split>.parquet` with a row per sample and lists of unsigned numbers. */
import { join } from "node:path";
import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { StoredItem } from "../set/documents.ts";
import type { Exporter } from "./exporter.ts";
import { type Column, type ColumnValue, columnsOf } from "./shared/columns.ts";
import { Output } from "./shared/output.ts";

/** Numbers that are held back for a row group. */
const groupTokens = 1 << 20;

const parquet: Exporter = {
  name: "parquet",
  items: "samples",
  takesText: true,

  async open(target) {
    const name = `${target.split}.parquet`;
    const output = await Output.create(join(target.dir, name));
    const columns = columnsOf(target);
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: "mdp" });
    let rows: StoredItem[] = [];
    let tokens = 0;

    const drain = async () => {
      await output.write(bytes.getBytes().slice());
      bytes.index = 0;
    };
    const flush = async () => {
      const columnData = columns.map((column) => ({
        name: column.name,
        data: rows.map((row) => plain(column.of(row))),
      }));
      await writer.write({ columnData, rowGroupSize: rows.length });
      rows = [];
      tokens = 0;
      await drain();
    };
    return {
      async add(item) {
        rows.push(item);
        tokens += item.tokens.length + 1;
        if (tokens >= groupTokens) await flush();
      },
      async close() {
        if (rows.length > 0) await flush();
        writer.finish();
        await drain();
        await output.commit();
        return { files: [name], skipped: 0 };
      },
      abort: () => output.discard(),
    };
  },
};
export default parquet;

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  const lists = columns.flatMap(({ name, type }): SchemaElement[] => {
    if (type === "uint64") return [{ name, type: "INT64", converted_type: "UINT_64", repetition_type: "REQUIRED" }];
    if (type === "text") return [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" }];
    const converted = { uint8: "UINT_8", uint16: "UINT_16", uint32: "UINT_32" } as const;
    return [
      { name, converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "INT32", converted_type: converted[type], repetition_type: "REQUIRED" },
    ];
  });
  return [{ name: "mdp", num_children: columns.length }, ...lists];
}

/** Numbers as the library takes them: lists as plain arrays. */
function plain(value: ColumnValue): number[] | bigint | string {
  return typeof value === "object" ? Array.from(value) : value;
}
