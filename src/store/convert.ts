/**
 * The vectors of a table in another type, or of another model: one new version, which appears when it is complete, so that
 * searches go on meanwhile and former versions stay what they were.
 */
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { type Arrow, arrow } from "../core/arrow.ts";
import { InterruptedError } from "../core/errors.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import type { StoreSettings, VectorType } from "./config.ts";
import { storeError } from "./errors.ts";
import { connectTo, type LanceDB } from "./lancedb.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { fromTable, toTable } from "./records.ts";
import { labelFromMetadata, labelToMetadata, recordColumns, tableSchema } from "./schema.ts";
import { copyVersion } from "./table-copy.ts";
import { type RebuildOptions, type Rebuilt, TableIndices } from "./table-indices.ts";
import { BITS, checkVectorType, layoutOf, readVectors, type VectorLayout } from "./vector-types.ts";

/** From the most exact on: a type can be made of those before it. */
const LOSS: Readonly<Record<VectorType, number>> = { float32: 0, float16: 1, int8: 2, binary: 3 };
/** Rows of one write, 12 MB of 384 float32 values each. */
const ROWS_PER_WRITE = 8_000;
const CACHE_BYTES = 64_000_000;

export interface ConvertRequest extends RebuildOptions {
  /** The store's folder. */
  dir: string;
  table: string;
  mapper: Mapper;
  settings: StoreSettings;
  type: VectorType;
  /** What makes all vectors anew; undefined where they stay. */
  embedder?: EmbedderDescription | undefined;
  /** Folder on the same disk in which the new version is made; what a killed run left there goes first. */
  workDir: string;
  onRows?: ((done: number, total: number) => void) | undefined;
}

export interface Converted {
  from: VectorType;
  to: VectorType;
  rows: number;
  /** Rows whose vectors have to be made again: for another model, or as the former type had left too much out of them. */
  waiting: number;
  built: Rebuilt[];
}

/** Whether vectors that are stored in one type can be stored in another without being made again. */
export const isSmaller = (stored: VectorType, wanted: VectorType): boolean => LOSS[wanted] > LOSS[stored];

/**
 * Converts a table and builds its indices; nobody else may write to it meanwhile. Vectors that cannot be converted wait,
 * as those of a text that was written first. A saved search of `mdp index tune` goes: it was measured on other vectors.
 *
 * @throws InterruptedError: the table is as it was
 */
export async function convertVectors(request: ConvertRequest): Promise<Converted> {
  const { dir, table: name, mapper, settings, type, workDir, signal, onStep } = request;
  const whole = resolve(dir);
  const work = resolve(workDir);
  rmSync(work, { recursive: true, force: true });
  try {
    const connection = await connectTo(whole, CACHE_BYTES, CACHE_BYTES);
    const table = await connection.openTable(name);
    const version = await table.version();
    copyVersion(whole, work, name, version);
    const { from, rows, waiting } = await rewrite(request, table, work);
    table.close();
    connection.close();
    await using indices = await TableIndices.open({ dir: work, table: name, mapper, settings });
    const built = await indices.rebuild({ signal, onStep });
    const { version: made } = await indices.status();
    copyVersion(work, whole, name, made);
    return { from, to: type, rows, waiting, built };
  } catch (error) {
    throw storeError(error, whole, `converting the vectors of "${name}" failed`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes the rows of a table over those of its copy. */
async function rewrite(
  { table: name, mapper, type, embedder: another, signal, onRows }: ConvertRequest,
  table: LanceDB.Table,
  work: string,
): Promise<Omit<Converted, "to" | "built">> {
  const before = await table.schema();
  const layout = layoutOf(before);
  const label = labelFromMetadata(before.metadata);
  if (!layout || !label) throw new Error(`the table "${name}" has no vectors of ours`);
  const embedder = another ?? label.embedder;
  const { dimension } = embedder;
  checkVectorType(type, dimension);
  const connection = await connectTo(work, CACHE_BYTES, CACHE_BYTES);
  const schema = tableSchema(mapper, dimension, labelToMetadata(embedder, mapper), type);
  const copy = await connection.createEmptyTable(name, schema, { mode: "overwrite" });
  const source =
    another === undefined && isSmaller(layout.type, type) ? { layout, name: sourceOf(layout, type) } : null;
  const total = await table.countRows();
  let [rows, without] = [0, 0];
  const write = async (batches: Arrow.RecordBatch[]) => {
    if (signal?.aborted) throw new InterruptedError("the table is as it was");
    const { table, missing } = converted(mapper, batches, { dimension, type }, source);
    await copy.add(table);
    rows += table.numRows;
    without += missing;
    onRows?.(rows, total);
  };
  let waiting: Arrow.RecordBatch[] = [];
  let gathered = 0;
  const columns = [...recordColumns(mapper), ...(source ? [source.name] : [])];
  for await (const batch of table.query().select(columns)) {
    waiting.push(batch);
    gathered += batch.numRows;
    if (gathered < ROWS_PER_WRITE) continue;
    await write(waiting);
    waiting = [];
    gathered = 0;
  }
  if (gathered > 0) await write(waiting);
  copy.close();
  connection.close();
  return { from: layout.type, rows, waiting: without };
}

/** Signs of small values are lost in `int8`; beside it they stand. */
const sourceOf = (layout: VectorLayout, type: VectorType) =>
  layout.type === "int8" && type === "binary" ? BITS : "vector";

/** Rows as they will be: with the vectors of the source, without any where there is none. */
function converted(
  mapper: Mapper,
  batches: readonly Arrow.RecordBatch[],
  { dimension, type }: Pick<VectorLayout, "dimension" | "type">,
  source: { layout: VectorLayout; name: string } | null,
): { table: Arrow.Table; missing: number } {
  const rows = new (arrow().Table)([...batches]);
  const vectors = new Float32Array(rows.numRows * dimension);
  const missing = new Uint8Array(rows.numRows).fill(source ? 0 : 1);
  if (source) {
    const column = rows.getChild(source.name)!;
    let row = 0;
    for (const vector of readVectors(column, source.name === BITS ? "binary" : source.layout.type)) {
      if (column.isValid(row)) vectors.set(vector, row * dimension);
      else missing[row] = 1;
      row++;
    }
  }
  const table = toTable(mapper, fromTable(mapper, rows), vectors, dimension, type, missing);
  return { table, missing: missing.reduce((sum, one) => sum + one, 0) };
}
