/** Writes a safetensors file piece by piece: names, types and shapes are known before, the numbers come in turn. */
import { NewFile } from "../../core/new-file.ts";

export interface PlannedTensor {
  name: string;
  dtype: "F32" | "F16" | "BF16" | "U32" | "U8";
  shape: readonly number[];
  bytes: number;
  /** Its bytes in pieces, made when its turn comes and not kept. */
  pieces(): Iterable<Uint8Array>;
}

export interface WriteOptions {
  metadata?: Readonly<Record<string, string>> | undefined;
  /** Called after each piece with its bytes; what it throws ends the writing. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** The file appears under its name when it is complete. */
export async function writeTensorFile(
  path: string,
  tensors: readonly PlannedTensor[],
  { metadata, onBytes }: WriteOptions = {},
): Promise<void> {
  const file = await NewFile.create(path);
  let whole = false;
  try {
    await file.append(headerOf(tensors, metadata));
    for (const tensor of tensors) {
      for (const piece of tensor.pieces()) {
        await file.append(piece);
        onBytes?.(piece.byteLength);
      }
    }
    whole = true;
  } finally {
    if (!whole) await file.discard();
  }
  await file.commit();
}

function headerOf(tensors: readonly PlannedTensor[], metadata: WriteOptions["metadata"]): Uint8Array {
  let offset = 0;
  const entries: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  for (const { name, dtype, shape, bytes } of tensors) {
    entries[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const text = new TextEncoder().encode(JSON.stringify(entries));
  // Data begins at a multiple of 8 bytes, for readers that map the file.
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(text, 8);
  return header;
}
