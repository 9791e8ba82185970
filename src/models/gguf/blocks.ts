/** Blocks of quantized numbers into floats, as ggml defines them. */
import { bfloat16ToFloat32 } from "../../mlx/dtype.ts";
import { type TensorType, tensorBlocks } from "./format.ts";

/** Numbers of whole blocks. The values are exactly those of ggml's own float32 arithmetic. */
export function dequantizeBlocks(type: TensorType, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  // Plain numbers all at once: a call for each takes four times as long. The copy is aligned, which a view need not be.
  if (type === "F32") return new Float32Array(bytes.slice().buffer);
  if (type === "F16") return new Float32Array(new Float16Array(bytes.slice().buffer));
  if (type === "BF16") return bfloat16ToFloat32(new Uint16Array(bytes.slice().buffer));
  const { elements, bytes: size } = tensorBlocks[type];
  const out = new Float32Array((bytes.length / size) * elements);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0, to = 0; at < bytes.length; at += size, to += elements) {
    block[type](bytes, view, at, out, to);
  }
  return out;
}

type Block = (bytes: Uint8Array, view: DataView, at: number, out: Float32Array, to: number) => void;

const block: Readonly<Record<Exclude<TensorType, "F32" | "F16" | "BF16">, Block>> = {
  Q8_0: (_, view, at, out, to) => {
    const scale = view.getFloat16(at, true);
    for (let i = 0; i < 32; i++) out[to + i] = scale * view.getInt8(at + 2 + i);
  },
  Q4_0: (bytes, view, at, out, to) => {
    const scale = view.getFloat16(at, true);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 2 + i]!;
      out[to + i] = scale * ((pair & 15) - 8);
      out[to + 16 + i] = scale * ((pair >> 4) - 8);
    }
  },
  Q4_1: (bytes, view, at, out, to) => {
    const scale = view.getFloat16(at, true);
    const least = view.getFloat16(at + 2, true);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 4 + i]!;
      out[to + i] = Math.fround(scale * (pair & 15)) + least;
      out[to + 16 + i] = Math.fround(scale * (pair >> 4)) + least;
    }
  },
  /** Two halves of 128; in each, 64 bytes of low bits, 32 of high bits, 8 scales. */
  Q6_K: (bytes, view, at, out, to) => {
    const scale = view.getFloat16(at + 208, true);
    for (let half = 0; half < 2; half++) {
      for (let i = 0; i < 128; i++) {
        const low = bytes[at + half * 64 + (i & 63)]!;
        const high = bytes[at + 128 + half * 32 + (i & 31)]!;
        const value = ((i < 64 ? low : low >> 4) & 15) | (((high >> ((i >> 5) * 2)) & 3) << 4);
        const own = Math.fround(scale * view.getInt8(at + 192 + half * 8 + (i >> 4)));
        out[to + half * 128 + i] = own * (value - 32);
      }
    }
  },
};
