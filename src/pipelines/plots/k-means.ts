/** k-means over directions: rows of length 1, compared by cosine; the same groups for the same rows every time. */
import { Mt19937 } from "../../core/mt19937.ts";

export interface Groups {
  /** Group of each row; the largest group is 0, then by their first row. */
  group: Int32Array;
  /** The row nearest to the middle of each group. */
  typical: number[];
}

const SEED = 7;
const MAX_ROUNDS = 50;

/**
 * @param vectors row-major `[rows, dimension]`
 * @param count of groups; fewer come out when there are fewer different rows
 */
export function groupVectors(vectors: Float32Array, dimension: number, count: number): Groups {
  const rows = dimension === 0 ? 0 : vectors.length / dimension;
  const units = normalised(vectors, dimension);
  let centres = firstCentres(units, rows, dimension, Math.min(count, rows));
  let group: Int32Array = new Int32Array(rows);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = nearest(units, rows, dimension, centres).group;
    const same = round > 0 && next.every((value, row) => value === group[row]);
    group = next;
    if (same) break;
    centres = middles(units, dimension, group, centres);
  }
  return inOrder(group, nearest(units, rows, dimension, centres).similarity);
}

function normalised(vectors: Float32Array, dimension: number): Float32Array {
  const units = vectors.slice();
  for (let start = 0; start < units.length; start += dimension) {
    let sum = 0;
    for (let j = start; j < start + dimension; j++) sum += units[j]! * units[j]!;
    const length = Math.sqrt(sum) || 1;
    for (let j = start; j < start + dimension; j++) units[j]! /= length;
  }
  return units;
}

/** k-means++: rows drawn by how far they are from those drawn before, from a fixed seed. */
function firstCentres(units: Float32Array, rows: number, dimension: number, count: number): Float32Array[] {
  const random = new Mt19937(SEED);
  const rowAt = (row: number) => units.slice(row * dimension, (row + 1) * dimension);
  const centres = rows === 0 ? [] : [rowAt(random.next32() % rows)];
  while (centres.length < count) {
    const { similarity } = nearest(units, rows, dimension, centres);
    const weights = similarity.map((cosine) => Math.max(0, 1 - cosine) ** 2);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total < 1e-9) break;
    let left = (random.next32() / 2 ** 32) * total;
    let chosen = 0;
    for (let row = 0; row < rows && left > 0; row++) {
      if (weights[row]! > 0) chosen = row;
      left -= weights[row]!;
    }
    centres.push(rowAt(chosen));
  }
  return centres;
}

function nearest(units: Float32Array, rows: number, dimension: number, centres: readonly Float32Array[]) {
  const group = new Int32Array(rows);
  const similarity = new Float64Array(rows).fill(-2);
  for (let row = 0; row < rows; row++) {
    for (const [index, centre] of centres.entries()) {
      let cosine = 0;
      for (let j = 0; j < dimension; j++) cosine += units[row * dimension + j]! * centre[j]!;
      if (cosine > similarity[row]!) {
        similarity[row] = cosine;
        group[row] = index;
      }
    }
  }
  return { group, similarity };
}

/** A group that has lost its rows keeps its centre. */
function middles(
  units: Float32Array,
  dimension: number,
  group: Int32Array,
  before: readonly Float32Array[],
): Float32Array[] {
  const sums = before.map(() => new Float32Array(dimension));
  for (let row = 0; row < group.length; row++) {
    const sum = sums[group[row]!]!;
    for (let j = 0; j < dimension; j++) sum[j]! += units[row * dimension + j]!;
  }
  return sums.map((sum, index) => (sum.every((value) => value === 0) ? before[index]! : normalised(sum, dimension)));
}

function inOrder(group: Int32Array, similarity: Float64Array): Groups {
  const members = new Map<number, number[]>();
  for (const [row, index] of group.entries()) {
    const rows = members.get(index);
    if (rows) rows.push(row);
    else members.set(index, [row]);
  }
  const sorted = [...members.values()].sort((a, b) => b.length - a.length || a[0]! - b[0]!);
  const renamed = new Int32Array(group.length);
  for (const [index, rows] of sorted.entries()) for (const row of rows) renamed[row] = index;
  const typical = sorted.map((rows) => rows.reduce((best, row) => (similarity[row]! > similarity[best]! ? row : best)));
  return { group: renamed, typical };
}
