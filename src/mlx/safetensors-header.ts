/**
 * The header of a safetensors file, checked before MLX parses it: MLX's errors quote the file's bytes, and mlx-c runs
 * them through printf, so a damaged file must not get that far.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { MlxError } from "../../ffi/errors.ts";

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

/** Throws an `MlxError` that says what is wrong with the file, if anything is. */
export function checkSafetensors(path: string): void {
  const { header, dataBytes } = readHeader(path);
  for (const [name, entry] of Object.entries(header)) {
    const problem = name === "__metadata__" ? metadataProblem(entry) : entryProblem(entry, dataBytes);
    if (problem) throw damaged(path, `"${name}" ${problem}`);
    if (!name.isWellFormed()) throw damaged(path, "a name is not well-formed Unicode");
  }
}

function readHeader(path: string): { header: Record<string, unknown>; dataBytes: number } {
  const file = open(path);
  try {
    const { size } = fstatSync(file);
    const prefix = Buffer.alloc(8);
    if (readSync(file, prefix, 0, 8, 0) < 8) throw damaged(path, `it has ${size} bytes, too few for a header`);
    const length = prefix.readBigUInt64LE();
    if (length > headerBytesMax || 8n + length > size) {
      throw damaged(path, `its header claims ${length} bytes, the file has ${size}`);
    }
    const text = Buffer.alloc(Number(length));
    readSync(file, text, 0, text.length, 8);
    return { header: parse(path, text), dataBytes: size - 8 - text.length };
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new MlxError("load_safetensors", `the file cannot be opened (${(error as NodeJS.ErrnoException).code})`, {
      where: path,
      cause: error,
    });
  }
}

function parse(path: string, text: Buffer): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw damaged(path, "its header is not JSON", cause);
  }
  if (!isRecord(header)) throw damaged(path, "its header is not a JSON object");
  return header;
}

function metadataProblem(metadata: unknown): string | undefined {
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
  return bytes === stop - start ? undefined : `takes ${bytes} bytes by its shape, ${stop - start} by its position`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}

/** Sizes and offsets; MLX holds a shape in 32-bit integers. */
function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function damaged(path: string, reason: string, cause?: unknown): MlxError {
  return new MlxError("load_safetensors", `not a valid safetensors file: ${reason}`, {
    where: path,
    hint: "fetch or write the file again",
    cause,
  });
}
