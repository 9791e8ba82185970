/** Writes a safetensors file tensor by tensor, so that only one is in memory. */
import { assert } from "../../core/errors.ts";
import { NewFile } from "../../core/new-file.ts";
import type { DType, MlxArray } from "../../mlx/index.ts";
import * as mx from "../../mlx/index.ts";

const typeNames: Partial<Readonly<Record<DType, string>>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  uint32: "U32",
  uint8: "U8",
};
/** Tensors are copied out in pieces of about this many bytes. */
const PIECE_BYTES = 32 * 2 ** 20;

export interface WriteOptions {
  metadata?: Readonly<Record<string, string>>;
  /** Called after each piece with its bytes; what it throws ends the writing. */
  onBytes?: (bytes: number) => void;
}

/**
 * Writes arrays under `path` when the file is complete. Each is computed when its turn comes, and freed afterwards: its
 * owner is this function.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly (readonly [name: string, array: MlxArray])[],
  { metadata, onBytes }: WriteOptions = {},
): Promise<void> {
  const file = await NewFile.create(path);
  let whole = false;
  try {
    await file.append(headerOf(tensors, metadata));
    for (const [, array] of tensors) {
      for (const piece of piecesOf(array)) {
        await file.append(piece);
        onBytes?.(piece.byteLength);
      }
      array.dispose();
    }
    whole = true;
  } finally {
    if (!whole) await file.discard();
  }
  await file.commit();
}

function headerOf(tensors: Iterable<readonly [string, MlxArray]>, metadata?: Readonly<Record<string, string>>) {
  let offset = 0;
  const entries: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  for (const [name, array] of tensors) {
    const dtype = typeNames[array.dtype];
    assert(dtype, `no weight is ${array.dtype}`);
    const end = offset + array.nbytes;
    entries[name] = { dtype, shape: array.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(entries));
  // Data begins at a multiple of 8 bytes, for readers that map the file.
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(text, 8);
  return header;
}

/** Rows that are next to each other, so that a large tensor is never copied whole. */
function* piecesOf(array: MlxArray): Generator<Uint8Array> {
  if (array.nbytes === 0) return;
  array.eval();
  const rows = array.shape[0] ?? 1;
  if (array.nbytes <= PIECE_BYTES || array.ndim < 2 || rows === 1) {
    yield new Uint8Array(array.toBytes());
    return;
  }
  const step = Math.max(1, Math.floor(PIECE_BYTES / (array.nbytes / rows)));
  for (let row = 0; row < rows; row += step) {
    using piece = mx.slice(array, [[row, Math.min(rows, row + step)]]);
    yield new Uint8Array(piece.toBytes());
  }
}
