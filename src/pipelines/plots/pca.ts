/** The two directions in which vectors differ most, by power iteration: nothing of the size of their covariance is made. */

export interface Projection {
  /** Row-major `[rows, 2]`. */
  points: Float64Array;
  /** Share of all variance that each direction holds, 0–1. */
  variance: [number, number];
}

const MAX_ITERATIONS = 500;
/** Two steps of an iteration that differ by less than this are the same direction. */
const TOLERANCE = 1e-10;

/** @param vectors row-major `[rows, dimension]` */
export function projectToPlane(vectors: Float32Array, dimension: number): Projection {
  const rows = dimension === 0 ? 0 : vectors.length / dimension;
  const centred = centre(vectors, rows, dimension);
  let total = 0;
  for (const value of centred) total += value * value;
  const points = new Float64Array(rows * 2);
  const variance: [number, number] = [0, 0];
  const found: Float64Array[] = [];
  for (const component of [0, 1] as const) {
    const direction = strongest(centred, rows, dimension, found);
    found.push(direction);
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const value = dot(centred, row * dimension, direction);
      points[row * 2 + component] = value;
      sum += value * value;
    }
    variance[component] = total === 0 ? 0 : sum / total;
  }
  return { points, variance };
}

function centre(vectors: Float32Array, rows: number, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < vectors.length; i++) mean[i % dimension]! += vectors[i]! / rows;
  return Float64Array.from(vectors, (value, i) => value - mean[i % dimension]!);
}

/** The unit vector along which the rows differ most, at right angles to those before; it begins at the longest row. */
function strongest(
  rowsOf: Float64Array,
  rows: number,
  dimension: number,
  before: readonly Float64Array[],
): Float64Array {
  let direction = new Float64Array(dimension);
  let most = 0;
  for (let row = 0; row < rows; row++) {
    const candidate = rowsOf.slice(row * dimension, (row + 1) * dimension);
    removeFrom(candidate, before);
    const length = dot(candidate, 0, candidate);
    if (length > most) [most, direction] = [length, candidate];
  }
  if (!normalise(direction)) return direction;
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const next = new Float64Array(dimension);
    for (let row = 0; row < rows; row++) {
      const weight = dot(rowsOf, row * dimension, direction);
      for (let j = 0; j < dimension; j++) next[j]! += weight * rowsOf[row * dimension + j]!;
    }
    removeFrom(next, before);
    if (!normalise(next)) break;
    const turned = 1 - Math.abs(dot(next, 0, direction));
    direction = next;
    if (turned < TOLERANCE) break;
  }
  return upright(direction);
}

function dot(values: Float64Array, offset: number, direction: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < direction.length; j++) sum += values[offset + j]! * direction[j]!;
  return sum;
}

function removeFrom(vector: Float64Array, others: readonly Float64Array[]): void {
  for (const other of others) {
    const along = dot(vector, 0, other);
    for (let j = 0; j < vector.length; j++) vector[j]! -= along * other[j]!;
  }
}

/** False for a vector without a direction. */
function normalise(vector: Float64Array): boolean {
  const length = Math.sqrt(dot(vector, 0, vector));
  if (length < 1e-9) return false;
  for (let j = 0; j < vector.length; j++) vector[j]! /= length;
  return true;
}

/** Of the two opposite directions the one whose largest part is positive, so that a map is never mirrored. */
function upright(direction: Float64Array): Float64Array {
  let largest = 0;
  for (let j = 0; j < direction.length; j++) if (Math.abs(direction[j]!) > Math.abs(direction[largest]!)) largest = j;
  return direction[largest]! < 0 ? direction.map((value) => -value) : direction;
}
