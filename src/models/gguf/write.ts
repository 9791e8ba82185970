/** The header of a new GGUF file: metadata, and where each tensor will lie. */
import {
  DEFAULT_ALIGNMENT,
  MAGIC,
  type ScalarKind,
  scalarBytes,
  type TensorType,
  tensorBlocks,
  VERSION,
  valueKinds,
} from "./format.ts";

/** One key with its value; the type of an array is that of its items. */
export type Entry =
  | { key: string; kind: ScalarKind; value: number | boolean }
  | { key: string; kind: "string"; value: string }
  | { key: string; kind: "array"; items: "string"; values: readonly string[] }
  | { key: string; kind: "array"; items: ScalarKind; values: readonly number[] };

export interface NewTensor {
  name: string;
  type: TensorType;
  /** Rows first. */
  shape: readonly number[];
}

/** Bytes of a tensor of whole blocks. */
export function tensorBytes({ type, shape }: Pick<NewTensor, "type" | "shape">): number {
  const { elements, bytes } = tensorBlocks[type];
  return (shape.reduce((product, n) => product * n, 1) / elements) * bytes;
}

/** Bytes between the end of something and the next place where a tensor may begin. */
export function padding(bytes: number): number {
  return (DEFAULT_ALIGNMENT - (bytes % DEFAULT_ALIGNMENT)) % DEFAULT_ALIGNMENT;
}

/** The file up to its first tensor; the tensors follow in this order, each padded to the alignment. */
export function ggufHeader(entries: readonly Entry[], tensors: readonly NewTensor[]): Uint8Array {
  const out = new Bytes();
  out.raw(new TextEncoder().encode(MAGIC));
  out.scalar("u32", VERSION);
  out.scalar("u64", tensors.length);
  out.scalar("u64", entries.length);
  for (const entry of entries) {
    out.text(entry.key);
    out.scalar("u32", valueKinds.indexOf(entry.kind));
    if (entry.kind === "string") out.text(entry.value);
    else if (entry.kind !== "array") out.scalar(entry.kind, Number(entry.value));
    else {
      out.scalar("u32", valueKinds.indexOf(entry.items));
      out.scalar("u64", entry.values.length);
      if (entry.items === "string") for (const value of entry.values) out.text(value);
      else for (const value of entry.values) out.scalar(entry.items, value);
    }
  }
  let position = 0;
  for (const tensor of tensors) {
    out.text(tensor.name);
    out.scalar("u32", tensor.shape.length);
    for (const size of [...tensor.shape].reverse()) out.scalar("u64", size);
    out.scalar("u32", tensorBlocks[tensor.type].code);
    out.scalar("u64", position);
    const bytes = tensorBytes(tensor);
    position += bytes + padding(bytes);
  }
  out.raw(new Uint8Array(padding(out.length)));
  return out.bytes();
}

/** Bytes that grow. */
class Bytes {
  #buffer = new Uint8Array(2 ** 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length - bytes.length);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.scalar("u64", bytes.length);
    this.raw(bytes);
  }

  scalar(kind: ScalarKind, value: number): void {
    const width = scalarBytes[kind];
    this.#room(width);
    const view = new DataView(this.#buffer.buffer);
    const at = this.#length - width;
    if (kind === "f32") view.setFloat32(at, value, true);
    else if (kind === "f64") view.setFloat64(at, value, true);
    else if (kind === "u64" || kind === "i64") view.setBigInt64(at, BigInt(value), true);
    else if (width === 4) view.setUint32(at, value, true);
    else if (width === 2) view.setUint16(at, value, true);
    else view.setUint8(at, value);
  }

  /** Makes its end so much longer. */
  #room(bytes: number): void {
    this.#length += bytes;
    if (this.#length <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
