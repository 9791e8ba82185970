/** Blocks that are MLX's affine quantization in other words: groups of 32, `scale · number + bias`. */
import { assert } from "../../core/errors.ts";
import { type TensorType, tensorBlocks } from "./format.ts";

/** Bits of a type that can stay quantized as it is; undefined for the others. */
export function packedBits(type: TensorType): 4 | 8 | undefined {
  if (type === "Q8_0") return 8;
  return type === "Q4_0" || type === "Q4_1" ? 4 : undefined;
}

/** The packed numbers, the scales or the biases of whole blocks, in the order of MLX's arrays. */
export function packBlocks(type: TensorType, bytes: Uint8Array, which: "weight" | "scales" | "biases"): Uint8Array {
  const bits = packedBits(type);
  assert(bits !== undefined, `${type} cannot be packed`);
  const { bytes: size } = tensorBlocks[type];
  const count = bytes.length / size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (which === "weight") {
    const out = new Uint8Array(count * 4 * bits);
    for (let i = 0; i < count; i++) packOne(type, bytes, i * size, out, i * 4 * bits);
    return out;
  }
  const out = new Float16Array(count);
  for (let i = 0; i < count; i++) {
    const scale = view.getFloat16(i * size, true);
    out[i] =
      which === "scales"
        ? scale
        : type === "Q4_1"
          ? view.getFloat16(i * size + 2, true)
          : scale * (bits === 8 ? -128 : -8);
  }
  return new Uint8Array(out.buffer);
}

function packOne(type: TensorType, bytes: Uint8Array, at: number, out: Uint8Array, to: number): void {
  if (type === "Q8_0") {
    // From -128…127 to 0…255.
    for (let i = 0; i < 32; i++) out[to + i] = bytes[at + 2 + i]! ^ 0x80;
    return;
  }
  const start = at + (type === "Q4_1" ? 4 : 2);
  // ggml pairs number i with i + 16, MLX with its neighbour.
  for (let i = 0; i < 8; i++) {
    const [even, odd] = [bytes[start + 2 * i]!, bytes[start + 2 * i + 1]!];
    out[to + i] = (even & 15) | ((odd & 15) << 4);
    out[to + 8 + i] = (even >> 4) | (odd & 0xf0);
  }
}
