/** How vectors are stored: float32, float16, int8 with sign bits beside it, or sign bits alone. */
import { type Arrow, arrow } from "../core/arrow.ts";
import { MdpError } from "../core/errors.ts";
import type { VectorType } from "./config.ts";

export { VECTOR_TYPES, type VectorType } from "./config.ts";

/** Name of the column of sign bits beside vectors of `int8`: LanceDB searches no vectors of 8-bit integers. */
export const BITS = "bits";

const LARGEST_INT8 = 127;

/** How the vectors of a table lie in it, and how they are searched. */
export interface VectorLayout {
  type: VectorType;
  /** Values of a vector. */
  dimension: number;
  /** The column that the first look goes to. */
  searched: "vector" | typeof BITS;
  distance: "cosine" | "hamming";
}

export function vectorLayout(type: VectorType, dimension: number): VectorLayout {
  const distance = type === "int8" || type === "binary" ? "hamming" : "cosine";
  return { type, dimension, searched: type === "int8" ? BITS : "vector", distance };
}

/** The layout that a table's schema shows; undefined for a table without vectors. */
export function layoutOf({ fields }: Arrow.Schema): VectorLayout | undefined {
  const list = fields.find(({ name }) => name === "vector")?.type as Arrow.FixedSizeList | undefined;
  if (list?.listSize === undefined) return undefined;
  const item = String(list.children[0]!.type);
  if (item === "Int8") return vectorLayout("int8", list.listSize);
  if (item === "Uint8") return vectorLayout("binary", list.listSize * 8);
  return vectorLayout(item === "Float16" ? "float16" : "float32", list.listSize);
}

/** @throws MdpError for a length that does not fill whole bytes of sign bits */
export function checkVectorType(type: VectorType, dimension: number): void {
  if (vectorLayout(type, dimension).distance === "cosine" || dimension % 8 === 0) return;
  throw new MdpError({
    code: "vector-type",
    message: `vectors of ${dimension} values cannot be stored as ${type}, which takes a multiple of 8`,
    hint: "use float16, or shorten the vectors with --dim",
  });
}

/** Arrow fields of the columns of vectors. */
export function vectorFields(type: VectorType, dimension: number, nullable: boolean): Arrow.Field[] {
  const a = arrow();
  const list = (name: string, item: Arrow.DataType, length: number) =>
    new a.Field(name, new a.FixedSizeList(length, new a.Field("item", item, true)), nullable);
  const bits = (name: string) => list(name, new a.Uint8(), dimension / 8);
  if (type === "binary") return [bits("vector")];
  if (type === "int8") return [list("vector", new a.Int8(), dimension), bits(BITS)];
  return [list("vector", type === "float16" ? new a.Float16() : new a.Float32(), dimension)];
}

/** Vectors as they are stored. */
export interface StoredVectors {
  type: VectorType;
  /** Row-major values of the column `vector`; float16 as its 16 bits. */
  values: Float32Array | Uint16Array | Int8Array | Uint8Array;
  /** Row-major sign bits beside `int8`. */
  bits?: Uint8Array;
}

/**
 * @param vectors row-major `[rows, dimension]`
 *
 * Storing again what was read back gives the same bytes: a vector that is taken over from another row is not changed.
 */
export function storeVectors(vectors: Float32Array, dimension: number, type: VectorType): StoredVectors {
  switch (type) {
    case "float32":
      return { type, values: vectors };
    case "float16":
      return { type, values: new Uint16Array(Float16Array.from(vectors).buffer) };
    case "int8":
      return { type, values: scaled(vectors, dimension), bits: signBits(vectors) };
    case "binary":
      return { type, values: signBits(vectors) };
  }
}

/** The largest value of each row becomes 127: a search by cosine does not need the scale. */
function scaled(vectors: Float32Array, dimension: number): Int8Array {
  const out = new Int8Array(vectors.length);
  for (let start = 0; start < vectors.length; start += dimension) {
    let largest = 0;
    for (let i = start; i < start + dimension; i++) largest = Math.max(largest, Math.abs(vectors[i]!));
    const scale = largest === 0 ? 0 : LARGEST_INT8 / largest;
    for (let i = start; i < start + dimension; i++) out[i] = Math.round(vectors[i]! * scale);
  }
  return out;
}

/** One bit per value, the first in the lowest: 1 above zero. */
export function signBits(vectors: Float32Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(vectors.length / 8));
  for (let i = 0; i < vectors.length; i++) if (vectors[i]! > 0) out[i >> 3]! |= 1 << (i & 7);
  return out;
}

/** Rows of a column of vectors as floats that own their memory, of length 1 where the stored type has no length. */
export function* readVectors(column: Arrow.Vector, type: VectorType): Generator<Float32Array> {
  for (const part of column.data) {
    const { listSize } = part.type as Arrow.FixedSizeList;
    const child = part.children[0]!;
    for (let row = 0; row < part.length; row++) {
      yield readVector(child.values.subarray(row * listSize, (row + 1) * listSize), type);
    }
  }
}

function readVector(stored: StoredVectors["values"], type: VectorType): Float32Array {
  switch (type) {
    case "float32":
      return Float32Array.from(stored);
    case "float16":
      return Float32Array.from(new Float16Array(Uint16Array.from(stored).buffer));
    case "int8":
      return ofLength1(Float32Array.from(stored));
    case "binary": {
      const out = new Float32Array(stored.length * 8);
      const length = 1 / Math.sqrt(out.length);
      for (let i = 0; i < out.length; i++) out[i] = ((stored[i >> 3]! >> (i & 7)) & 1) === 1 ? length : -length;
      return out;
    }
  }
}

function ofLength1(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  return vector.map((value) => value * scale);
}
