/** Blocks of quantized numbers into floats, as ggml defines them. */
import { bfloat16ToFloat32 } from "../../mlx/dtype.ts";
import { type TensorType, tensorBlocks } from "./format.ts";
import { decodeQ4K, decodeQ5K, decodeQ6K } from "./k-blocks.ts";

/** Fills `out` with the numbers of all blocks in `bytes`, of which `view` is a view. */
export type DecodeBlocks = (bytes: Uint8Array, view: DataView, out: Float32Array) => void;

/** Numbers of whole blocks. The values are exactly those of ggml's own float32 arithmetic. */
export function dequantizeBlocks(type: TensorType, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  // Plain numbers all at once: a call for each takes four times as long.
  if (type === "F32") return new Float32Array(bytes.slice().buffer);
  if (type === "F16") return new Float32Array(new Float16Array(...evenPlace(bytes)));
  if (type === "BF16") return bfloat16ToFloat32(new Uint16Array(...evenPlace(bytes)));
  const { elements, bytes: size } = tensorBlocks[type];
  const out = new Float32Array((bytes.length / size) * elements);
  decoders[type](bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), out);
  return out;
}

/** Where numbers of two bytes can be read, in a copy where the bytes begin at an odd place. */
function evenPlace(bytes: Uint8Array): [buffer: ArrayBuffer, start: number, length: number] {
  const { buffer, byteOffset, length } = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return [buffer as ArrayBuffer, byteOffset, length / 2];
}

/** A type's numbers are `scale · q` or `scale · q + least`, 32 a block; number i has a half of byte i modulo 16. */
const decoders: Readonly<Record<Exclude<TensorType, "F32" | "F16" | "BF16">, DecodeBlocks>> = {
  Q8_0: (bytes, view, out) => {
    const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0, to = 0; at < bytes.length; at += 34, to += 32) {
      const scale = view.getFloat16(at, true);
      for (let i = 0; i < 32; i++) out[to + i] = scale * signed[at + 2 + i]!;
    }
  },
  Q4_0: (bytes, view, out) => {
    for (let at = 0, to = 0; at < bytes.length; at += 18, to += 32) {
      const scale = view.getFloat16(at, true);
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 2 + i]!;
        out[to + i] = scale * ((pair & 15) - 8);
        out[to + 16 + i] = scale * ((pair >> 4) - 8);
      }
    }
  },
  Q4_1: (bytes, view, out) => {
    for (let at = 0, to = 0; at < bytes.length; at += 20, to += 32) {
      const scale = view.getFloat16(at, true);
      const least = view.getFloat16(at + 2, true);
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 4 + i]!;
        out[to + i] = Math.fround(scale * (pair & 15)) + least;
        out[to + 16 + i] = Math.fround(scale * (pair >> 4)) + least;
      }
    }
  },
  /** Bit i of four bytes is the fifth bit of number i. */
  Q5_0: (bytes, view, out) => {
    for (let at = 0, to = 0; at < bytes.length; at += 22, to += 32) {
      const scale = view.getFloat16(at, true);
      const high = view.getUint32(at + 2, true);
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 6 + i]!;
        out[to + i] = scale * (((pair & 15) | (((high >>> i) & 1) << 4)) - 16);
        out[to + 16 + i] = scale * (((pair >> 4) | (((high >>> (i + 16)) & 1) << 4)) - 16);
      }
    }
  },
  Q5_1: (bytes, view, out) => {
    for (let at = 0, to = 0; at < bytes.length; at += 24, to += 32) {
      const scale = view.getFloat16(at, true);
      const least = view.getFloat16(at + 2, true);
      const high = view.getUint32(at + 4, true);
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + 8 + i]!;
        out[to + i] = Math.fround(scale * ((pair & 15) | (((high >>> i) & 1) << 4))) + least;
        out[to + 16 + i] = Math.fround(scale * ((pair >> 4) | (((high >>> (i + 16)) & 1) << 4))) + least;
      }
    }
  },
  Q4_K: decodeQ4K,
  Q5_K: decodeQ5K,
  Q6_K: decodeQ6K,
};
