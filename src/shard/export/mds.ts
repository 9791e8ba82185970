/** Mosaic's streaming format: `<split>/shard.00000.mds` and so on with an `index.json`, byte for byte as its writer's. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { NewFile } from "../../core/new-file.ts";
import { rawBytes } from "../formats/shared/tensors.ts";
import type { StoredItem } from "../set/documents.ts";
import type { Exporter } from "./exporter.ts";
import { type Column, columnsOf } from "./shared/columns.ts";

/** The default of the format's own writer. */
const shardBytesMax = 1 << 26;
const offsetBytes = 4;
const indexVersion = 2;
const elementBytes = { uint8: 1, uint16: 2, uint32: 4 } as const;

const mds: Exporter = {
  name: "mds",
  items: "samples",
  takesText: true,

  async open(target) {
    const folder = join(target.dir, target.split);
    await mkdir(folder, { recursive: true });
    const columns = columnsOf(target);
    const config = configOf(columns);
    const header = Buffer.from(pythonJson(config));
    const written: { path: string; name: string; bytes: number; samples: number }[] = [];
    const open: NewFile[] = [];
    const emptyBytes = 2 * offsetBytes + header.length;
    let samples: Uint8Array[] = [];
    let bytes = emptyBytes;
    let skipped = 0;

    const flush = async () => {
      const name = `shard.${String(written.length).padStart(5, "0")}.mds`;
      const file = await NewFile.create(join(folder, name));
      open.push(file);
      for (const part of shardParts(samples, header)) await file.append(part);
      written.push({ path: `${target.split}/${name}`, name, bytes, samples: samples.length });
      samples = [];
      bytes = emptyBytes;
    };
    return {
      async add(item) {
        if (item.tokens.length === 0) {
          skipped++;
          return;
        }
        const sample = encode(item, columns);
        if (bytes + sample.length + offsetBytes > shardBytesMax && samples.length > 0) await flush();
        samples.push(sample);
        bytes += sample.length + offsetBytes;
      },
      async close() {
        if (samples.length > 0) await flush();
        const shards = written.map(({ name, bytes, samples }) => ({
          ...config,
          raw_data: { basename: name, bytes, hashes: {} },
          samples,
          zip_data: null,
        }));
        const index = await NewFile.create(join(folder, "index.json"));
        await index.append(Buffer.from(pythonJson({ shards, version: indexVersion })));
        for (const file of open) await file.commit();
        await index.commit();
        return { files: [...written.map(({ path }) => path), `${target.split}/index.json`], skipped };
      },
      async abort() {
        for (const file of open) await file.discard();
      },
    };
  },
};
export default mds;

function configOf(columns: readonly Column[]) {
  return {
    column_encodings: columns.map(encodingOf),
    column_names: columns.map(({ name }) => name),
    column_sizes: columns.map(fixedBytes),
    compression: null,
    format: "mds",
    hashes: [],
    size_limit: shardBytesMax,
    version: indexVersion,
  };
}

function encodingOf({ type, length }: Column): string {
  if (type === "text") return "str";
  return type === "uint64" ? type : `ndarray:${type}${length === null ? "" : `:${length}`}`;
}

function fixedBytes({ type, length }: Column): number | null {
  if (type === "uint64") return 8;
  if (type === "text") return null;
  return length === null ? null : length * elementBytes[type];
}

/** Sizes of the columns that have none of their own, then all columns. */
function encode(item: StoredItem, columns: readonly Column[]): Uint8Array {
  const sizes: number[] = [];
  const parts = columns.map((column) => {
    const value = column.of(item);
    if (typeof value === "bigint") return rawBytes(BigUint64Array.of(value));
    if (typeof value === "object" && column.length !== null) return rawBytes(value);
    const part =
      typeof value === "string" ? Buffer.from(value) : Buffer.concat([shapeOf(value.length), rawBytes(value)]);
    sizes.push(part.length);
    return part;
  });
  return Buffer.concat([rawBytes(Uint32Array.from(sizes)), ...parts]);
}

/** One dimension in the least number of bytes that holds it. */
function shapeOf(length: number): Uint8Array {
  const dimensions = 1 << 2;
  if (length < 1 << 8) return Uint8Array.of(dimensions, length);
  if (length < 1 << 16) return Buffer.concat([Uint8Array.of(dimensions | 1), rawBytes(Uint16Array.of(length))]);
  return Buffer.concat([Uint8Array.of(dimensions | 2), rawBytes(Uint32Array.of(length))]);
}

function* shardParts(samples: readonly Uint8Array[], header: Uint8Array): Iterable<Uint8Array> {
  const offsets = new Uint32Array(samples.length + 2);
  offsets[0] = samples.length;
  offsets[1] = offsets.byteLength + header.length;
  samples.forEach((sample, index) => {
    offsets[index + 2] = offsets[index + 1]! + sample.length;
  });
  yield rawBytes(offsets);
  yield header;
  yield Buffer.concat(samples);
}

/** JSON as Python's `json.dumps(value, sort_keys=True)` writes it. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${pythonJson(item)}`).join(", ")}}`;
}
