/** Spherical k-means over unit vectors: the same seed gives the same centroids. */
import { sequence } from "../text/mix.ts";

const MAX_ROUNDS = 10;
/** Vectors for each cluster that are looked at in training. */
const SAMPLE_EACH = 256;

export interface Centroids {
  count: number;
  dimension: number;
  /** Unit vectors, row after row. */
  values: Float32Array;
}

/** Begins with different documents drawn by the seed; a cluster that becomes empty keeps its centroid. */
export function trainCentroids(vectors: Float32Array, dimension: number, count: number, seed: number): Centroids {
  const sample = drawn(vectors.length / dimension, count * SAMPLE_EACH, seed);
  const values = new Float32Array(count * dimension);
  for (let c = 0; c < count; c++) {
    const from = sample[c]! * dimension;
    values.set(vectors.subarray(from, from + dimension), c * dimension);
  }
  const centroids: Centroids = { count, dimension, values };
  const assigned = new Int32Array(sample.length).fill(-1);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let changed = false;
    for (const [i, document] of sample.entries()) {
      const [cluster] = nearest(vectors, document, centroids, 1);
      if (assigned[i] !== cluster) changed = true;
      assigned[i] = cluster!;
    }
    if (!changed) break;
    moveTo(centroids, vectors, sample, assigned);
  }
  return centroids;
}

/** Up to `wanted` different documents, in the order in which the seed draws them. */
function drawn(documents: number, wanted: number, seed: number): Uint32Array {
  const next = sequence(seed);
  const order = Uint32Array.from({ length: documents }, (_, i) => i);
  const count = Math.min(documents, wanted);
  for (let i = 0; i < count; i++) {
    const other = i + (next() % (documents - i));
    const here = order[i]!;
    order[i] = order[other]!;
    order[other] = here;
  }
  return order.subarray(0, count);
}

function moveTo(
  { count, dimension, values }: Centroids,
  vectors: Float32Array,
  sample: Uint32Array,
  assigned: Int32Array,
) {
  const sums = new Float64Array(count * dimension);
  for (const [i, document] of sample.entries()) {
    const from = document * dimension;
    const to = assigned[i]! * dimension;
    for (let d = 0; d < dimension; d++) sums[to + d] = sums[to + d]! + vectors[from + d]!;
  }
  for (let c = 0; c < count; c++) {
    const sum = sums.subarray(c * dimension, (c + 1) * dimension);
    const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
    if (length === 0) continue;
    for (let d = 0; d < dimension; d++) values[c * dimension + d] = sum[d]! / length;
  }
}

/** The clusters whose centroids are closest to a document, the closest first; of equal ones the first. */
export function nearest(
  vectors: Float32Array,
  document: number,
  { count, dimension, values }: Centroids,
  wanted: number,
): number[] {
  const from = document * dimension;
  const found: { cluster: number; score: number }[] = [];
  for (let c = 0; c < count; c++) {
    let score = 0;
    for (let d = 0, at = c * dimension; d < dimension; d++, at++) score += vectors[from + d]! * values[at]!;
    if (found.length === wanted && score <= found[wanted - 1]!.score) continue;
    let place = found.length;
    while (place > 0 && found[place - 1]!.score < score) place--;
    found.splice(place, 0, { cluster: c, score });
    if (found.length > wanted) found.pop();
  }
  return found.map(({ cluster }) => cluster);
}
