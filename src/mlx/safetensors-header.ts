/**
 * The header of a safetensors file, checked before MLX parses it: MLX's errors quote the file's bytes, and mlx-c runs
 * them through printf, so a damaged file must not get that far.
 */
import type { MlxError } from "../../ffi/errors.ts";
import { damaged, withFile } from "./file-bytes.ts";

/** Bytes per element of the types that MLX reads. */
const itemSizes: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
};

/** The limit of the format's own reader. */
const headerBytesMax = 100_000_000;

/** MLX holds a shape in 32-bit integers. */
const axisMax = 2 ** 31 - 1;

/** A tensor as the header describes it. */
export interface SafetensorsEntry {
  /** The format's name of the type: `F32`, `BF16`, `U32`, … */
  dtype: string;
  shape: readonly number[];
  bytes: number;
}

/** Throws an `MlxError` that says what is wrong with the file, if anything is. */
export function checkSafetensors(path: string): void {
  safetensorsEntries(path);
}

/** The tensors of a file by name, from its header alone. Throws as `checkSafetensors`. */
export function safetensorsEntries(path: string): Map<string, SafetensorsEntry> {
  const { header, dataBytes } = readHeader(path);
  const entries = new Map<string, SafetensorsEntry>();
  const ranges: Range[] = [];
  for (const [name, entry] of Object.entries(header)) {
    const problem = name === "__metadata__" ? metadataProblem(entry) : entryProblem(entry, dataBytes);
    if (problem) throw invalid(path, `"${name}" ${problem}`);
    if (!name.isWellFormed()) throw invalid(path, "a name is not well-formed Unicode");
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: offsets } = entry as Described;
    const [start, stop] = offsets;
    entries.set(name, { dtype, shape, bytes: stop - start });
    if (stop > start) ranges.push({ name, start, stop });
  }
  const overlap = overlapOf(ranges);
  if (overlap) throw invalid(path, `"${overlap[0]}" and "${overlap[1]}" lie over each other`);
  return entries;
}

interface Described {
  dtype: string;
  shape: number[];
  data_offsets: [start: number, stop: number];
}

interface Range {
  name: string;
  start: number;
  stop: number;
}

/** The names of two tensors that share bytes. */
function overlapOf(ranges: Range[]): [string, string] | undefined {
  ranges.sort((a, b) => a.start - b.start);
  for (let i = 1; i < ranges.length; i++) {
    const [before, after] = [ranges[i - 1]!, ranges[i]!];
    if (after.start < before.stop) return [before.name, after.name];
  }
  return undefined;
}

function readHeader(path: string): { header: Record<string, unknown>; dataBytes: number } {
  return withFile("load_safetensors", path, (file) => {
    const prefix = file.read(0, 8);
    if (prefix.length < 8) throw invalid(path, `it has ${file.size} bytes, too few for a header`);
    const length = prefix.readBigUInt64LE();
    if (length > headerBytesMax || 8n + length > file.size) {
      throw invalid(path, `its header claims ${length} bytes, the file has ${file.size}`);
    }
    const text = file.read(8, Number(length));
    return { header: parse(path, text), dataBytes: file.size - 8 - text.length };
  });
}

function parse(path: string, text: Buffer): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw invalid(path, "its header is not JSON", cause);
  }
  if (!isRecord(header)) throw invalid(path, "its header is not a JSON object");
  return header;
}

function metadataProblem(metadata: unknown): string | undefined {
  // MLX itself writes null for none.
  if (metadata === null) return undefined;
  const fits = isRecord(metadata) && Object.values(metadata).every((value) => isText(value));
  return fits && Object.keys(metadata).every(isText) ? undefined : "does not map names to texts";
}

function entryProblem(entry: unknown, dataBytes: number): string | undefined {
  if (!isRecord(entry)) return "is not described by an object";
  const { dtype, shape, data_offsets: offsets } = entry;
  const itemSize = typeof dtype === "string" && Object.hasOwn(itemSizes, dtype) ? itemSizes[dtype] : undefined;
  if (itemSize === undefined) return `has the unknown element type ${JSON.stringify(dtype)}`;
  if (!isSizes(shape)) return "has no valid shape";
  if (!isSizes(offsets) || offsets.length !== 2) return "has no valid position";
  const [start, stop] = offsets as [number, number];
  if (start > stop || stop > dataBytes) return `lies at ${start}–${stop}, the file holds ${dataBytes} bytes of data`;
  const bytes = shape.reduce((product, n) => product * n, itemSize);
  if (bytes !== stop - start) return `takes ${bytes} bytes by its shape, ${stop - start} by its position`;
  return shape.some((n) => n > axisMax) ? "has no valid shape" : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}

/** Sizes and offsets. */
function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function invalid(path: string, reason: string, cause?: unknown): MlxError {
  return damaged("load_safetensors", "safetensors", path, reason, cause);
}
