/** Matrices of a fastText model: plain float32, or quantised (`.ftz`). */
import type { Cursor } from "./cursor.ts";

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Adds a row to `sum`, in float32. */
  addRow(sum: Float32Array, row: number): void;
  /** The product of a row and a vector. */
  dotRow(vector: Float32Array, row: number): number;
}

const MAX_ROWS = 2 ** 31;
/** Values that one byte of a code stands for. */
const CENTROIDS = 256;

export function readMatrix(cursor: Cursor, isQuantised: boolean, what: string): Matrix {
  if (isQuantised) return new QuantisedMatrix(cursor, what);
  const rows = cursor.size(`the rows of ${what}`, MAX_ROWS);
  const columns = cursor.size(`the columns of ${what}`, MAX_ROWS);
  return new DenseMatrix(rows, columns, cursor.floats(rows * columns, what));
}

class DenseMatrix implements Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #values: Float32Array;

  constructor(rows: number, columns: number, values: Float32Array) {
    this.rows = rows;
    this.columns = columns;
    this.#values = values;
  }

  addRow(sum: Float32Array, row: number): void {
    const start = row * this.columns;
    for (let i = 0; i < this.columns; i++) sum[i]! += this.#values[start + i]!;
  }

  dotRow(vector: Float32Array, row: number): number {
    const start = row * this.columns;
    let dot = 0;
    for (let i = 0; i < this.columns; i++) dot += vector[i]! * this.#values[start + i]!;
    return dot;
  }
}

/** Parts of vectors, each one of 256 that were found by clustering. */
interface Quantiser {
  dim: number;
  parts: number;
  /** Width of each part, the last one apart. */
  width: number;
  lastWidth: number;
  centroids: Float32Array;
}

function readQuantiser(cursor: Cursor, what: string): Quantiser {
  const [dim, parts, width, lastWidth] = [0, 1, 2, 3].map(() => cursor.int32(what)) as [number, number, number, number];
  if (dim < 1 || parts < 1 || width < 1 || lastWidth < 1 || (parts - 1) * width + lastWidth !== dim) {
    throw cursor.broken(`${what}: ${parts} parts of ${width} and ${lastWidth} are no vector of ${dim}`);
  }
  return { dim, parts, width, lastWidth, centroids: cursor.floats(dim * CENTROIDS, what) };
}

class QuantisedMatrix implements Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #codes: Uint8Array;
  readonly #quantiser: Quantiser;
  readonly #norms: { codes: Uint8Array; values: Float32Array } | undefined;

  constructor(cursor: Cursor, what: string) {
    const hasNorms = cursor.uint8(what) !== 0;
    this.rows = cursor.size(`the rows of ${what}`, MAX_ROWS);
    this.columns = cursor.size(`the columns of ${what}`, MAX_ROWS);
    const size = cursor.int32(`the codes of ${what}`);
    const start = cursor.take(Math.max(0, size), `the codes of ${what}`);
    this.#codes = cursor.bytes.subarray(start, start + size);
    this.#quantiser = readQuantiser(cursor, what);
    if (this.#quantiser.dim !== this.columns || this.#quantiser.parts * this.rows !== size) {
      throw cursor.broken(`${what}: ${size} codes are not those of ${this.rows} rows of ${this.columns}`);
    }
    if (hasNorms) {
      const at = cursor.take(this.rows, `the norms of ${what}`);
      const codes = cursor.bytes.subarray(at, at + this.rows);
      this.#norms = { codes, values: readQuantiser(cursor, `the norms of ${what}`).centroids };
    }
  }

  addRow(sum: Float32Array, row: number): void {
    const norm = this.#norm(row);
    const { parts, width, lastWidth, centroids } = this.#quantiser;
    for (let part = 0; part < parts; part++) {
      const size = part === parts - 1 ? lastWidth : width;
      const from = this.#centroid(row, part, size);
      for (let i = 0; i < size; i++) sum[part * width + i]! += norm * centroids[from + i]!;
    }
  }

  dotRow(vector: Float32Array, row: number): number {
    const { parts, width, lastWidth, centroids } = this.#quantiser;
    let dot = 0;
    for (let part = 0; part < parts; part++) {
      const size = part === parts - 1 ? lastWidth : width;
      const from = this.#centroid(row, part, size);
      for (let i = 0; i < size; i++) dot += vector[part * width + i]! * centroids[from + i]!;
    }
    return dot * this.#norm(row);
  }

  #centroid(row: number, part: number, size: number): number {
    const { parts, width } = this.#quantiser;
    return part * CENTROIDS * width + this.#codes[row * parts + part]! * size;
  }

  #norm(row: number): number {
    return this.#norms ? this.#norms.values[this.#norms.codes[row]!]! : 1;
  }
}
