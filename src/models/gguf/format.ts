/** The numbers of the GGUF format, version 3 (ggml's `docs/gguf.md`). */
import { MdpError } from "../../core/errors.ts";

export const MAGIC = "GGUF";
export const VERSION = 3;
export const DEFAULT_ALIGNMENT = 32;

/** Kinds of metadata values, by their codes. */
export const valueKinds = [
  "u8",
  "i8",
  "u16",
  "i16",
  "u32",
  "i32",
  "f32",
  "bool",
  "string",
  "array",
  "u64",
  "i64",
  "f64",
] as const;
export type ValueKind = (typeof valueKinds)[number];
/** Kinds with a fixed width. */
export type ScalarKind = Exclude<ValueKind, "string" | "array">;

export const scalarBytes: Readonly<Record<ScalarKind, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  bool: 1,
  u64: 8,
  i64: 8,
  f64: 8,
};

export type MetadataValue = string | number | boolean | readonly string[] | Float64Array;

export const tensorTypes = [
  "F32",
  "F16",
  "BF16",
  "Q8_0",
  "Q4_0",
  "Q4_1",
  "Q5_0",
  "Q5_1",
  "Q4_K",
  "Q5_K",
  "Q6_K",
] as const;
export type TensorType = (typeof tensorTypes)[number];

/** Elements of a block and its bytes; a plain number is a block of one. */
export const tensorBlocks: Readonly<Record<TensorType, { code: number; elements: number; bytes: number }>> = {
  F32: { code: 0, elements: 1, bytes: 4 },
  F16: { code: 1, elements: 1, bytes: 2 },
  Q4_0: { code: 2, elements: 32, bytes: 18 },
  Q4_1: { code: 3, elements: 32, bytes: 20 },
  Q5_0: { code: 6, elements: 32, bytes: 22 },
  Q5_1: { code: 7, elements: 32, bytes: 24 },
  Q8_0: { code: 8, elements: 32, bytes: 34 },
  Q4_K: { code: 12, elements: 256, bytes: 144 },
  Q5_K: { code: 13, elements: 256, bytes: 176 },
  Q6_K: { code: 14, elements: 256, bytes: 210 },
  BF16: { code: 30, elements: 1, bytes: 2 },
};

/** Names of types that are known and not read, for the error. */
const otherTypes: Readonly<Record<number, string>> = {
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
  40: "NVFP4",
};

export function tensorTypeOf(code: number): TensorType | undefined {
  return tensorTypes.find((type) => tensorBlocks[type].code === code);
}

/** What a type that is not read is called. */
export function unknownTypeName(code: number): string {
  return otherTypes[code] ?? `number ${code}`;
}

export interface GgufTensor {
  name: string;
  type: TensorType;
  /** Rows first, as everywhere but in the file. */
  shape: readonly number[];
  /** Position of its first byte in the file. */
  position: number;
  bytes: number;
}

/** A file that is not what its header says. */
export function badGguf(path: string, reason: string): MdpError {
  return new MdpError({
    code: "gguf-invalid",
    message: `not a valid GGUF file: ${reason}`,
    where: path,
    hint: "download or convert the file again",
  });
}

/** A sound file with something that is not supported. */
export function unsupportedGguf(path: string, reason: string, hint: string): MdpError {
  return new MdpError({ code: "gguf-unsupported", message: reason, where: path, hint });
}
