/** New safetensors files, written as the numbers come: names, types and shapes are known before. */
import { join } from "node:path";
import { NewFile } from "../../core/new-file.ts";

export interface PlannedTensor {
  name: string;
  dtype: "F32" | "F16" | "BF16" | "U32";
  shape: readonly number[];
  bytes: number;
  /** Its bytes, in pieces. */
  pieces(): Iterable<Uint8Array>;
}

/** mlx-lm's limit of one file. */
const MAX_PART_BYTES = 5 * 2 ** 30;

/**
 * `model.safetensors`, or parts of at most 5 GiB, with the index beside them that mlx-lm writes too.
 *
 * @param parameters numbers of the model, for the index
 */
export async function writeModelParts(
  dir: string,
  tensors: readonly PlannedTensor[],
  parameters: number,
  limit = MAX_PART_BYTES,
): Promise<void> {
  const parts: PlannedTensor[][] = [[]];
  let size = 0;
  for (const tensor of tensors) {
    if (size > 0 && size + tensor.bytes > limit) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(tensor);
    size += tensor.bytes;
  }
  const count = String(parts.length).padStart(5, "0");
  const nameOf = (part: number) =>
    parts.length === 1 ? "model.safetensors" : `model-${String(part + 1).padStart(5, "0")}-of-${count}.safetensors`;
  const places = new Map<string, string>();
  for (const [part, content] of parts.entries()) {
    await writePart(join(dir, nameOf(part)), content);
    for (const { name } of content) places.set(name, nameOf(part));
  }
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const index = {
    metadata: { total_size: total, total_parameters: parameters },
    weight_map: Object.fromEntries([...places].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  await Bun.write(join(dir, "model.safetensors.index.json"), `${JSON.stringify(index, null, 4)}\n`);
}

async function writePart(path: string, tensors: readonly PlannedTensor[]): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: "mlx" } };
  let position = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [position, position + bytes] };
    position += bytes;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  const file = await NewFile.create(path);
  try {
    await file.append(length);
    await file.append(padded);
    for (const tensor of tensors) for (const piece of tensor.pieces()) await file.append(piece);
    await file.commit();
  } catch (error) {
    await file.discard().catch(() => {});
    throw error;
  }
}
