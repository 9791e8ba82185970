/**
 * Vectors with the structure of a text model's: 2,000 topics of very unequal sizes, eight subtopics each, passages that
 * come in documents, and values that matter less the later they come. Row n has the same vector in every run.
 */
export const DIMENSION = 384;
const TOPICS = 2_000;
const SUBTOPICS = 8;
const ROWS_PER_DOCUMENT = 16;

/** How far a part lies from the part above it. */
const SUBTOPIC = 0.8;
const DOCUMENT = 0.6;
const PASSAGE = 0.7;

/** Standard deviations of the values: a slowly falling spectrum. */
const SPREAD = Float32Array.from({ length: DIMENSION }, (_, i) => (1 + i) ** -0.3);

function mixed(seed: number): number {
  let x = (seed ^ 0x9e37_79b9) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Adds `weight` × a nearly Gaussian vector of this seed: sums of four uniform numbers. */
function addGaussian(target: Float32Array, offset: number, seed: number, weight: number): void {
  let state = mixed(seed) | 1;
  for (let i = 0; i < DIMENSION; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const first = (state & 0xffff) + (state >>> 16);
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const sum = first + (state & 0xffff) + (state >>> 16);
    target[offset + i]! += weight * SPREAD[i]! * (sum / 65_536 - 2) * 1.732;
  }
}

function normalise(target: Float32Array, offset: number): void {
  let squares = 0;
  for (let i = 0; i < DIMENSION; i++) squares += target[offset + i]! ** 2;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < DIMENSION; i++) target[offset + i]! *= scale;
}

const centres = new Float32Array(TOPICS * SUBTOPICS * DIMENSION);
for (let topic = 0; topic < TOPICS; topic++) {
  for (let sub = 0; sub < SUBTOPICS; sub++) {
    const offset = (topic * SUBTOPICS + sub) * DIMENSION;
    addGaussian(centres, offset, 1_000_003 + topic, 1);
    addGaussian(centres, offset, 5_000_011 + topic * SUBTOPICS + sub, SUBTOPIC);
  }
}

/** Vectors of the rows from `first` on, row-major. */
export function vectorsFrom(first: number, count: number): Float32Array {
  const vectors = new Float32Array(count * DIMENSION);
  for (let i = 0; i < count; i++) {
    const document = Math.floor((first + i) / ROWS_PER_DOCUMENT);
    // The square of a uniform number: the largest topics have forty times the share of the middle one.
    const topic = Math.floor((mixed(document * 2 + 1) / 2 ** 32) ** 2.5 * TOPICS);
    const sub = mixed(document + 77) % SUBTOPICS;
    const from = (topic * SUBTOPICS + sub) * DIMENSION;
    vectors.set(centres.subarray(from, from + DIMENSION), i * DIMENSION);
    addGaussian(vectors, i * DIMENSION, 20_000_003 + document, DOCUMENT);
    addGaussian(vectors, i * DIMENSION, 100_000_007 + first + i, PASSAGE);
    normalise(vectors, i * DIMENSION);
  }
  return vectors;
}

/** A question's vector: near the passage of a row, farther away than the other passages of its document are. */
export function questionNear(row: number): Float32Array {
  const vector = vectorsFrom(row, 1);
  const away = new Float32Array(DIMENSION);
  addGaussian(away, 0, 900_000_011 + row, 1);
  normalise(away, 0);
  for (let i = 0; i < DIMENSION; i++) vector[i]! += 0.8 * away[i]!;
  normalise(vector, 0);
  return vector;
}

const BLOCK = 10_000;

/** Numbers of the `k` rows below `rows` with the largest dot products, for each question, best first. */
export function exactNearest(questions: readonly Float32Array[], rows: number, k: number): number[][] {
  const best = questions.map(() => [] as { row: number; score: number }[]);
  for (let first = 0; first < rows; first += BLOCK) {
    const count = Math.min(BLOCK, rows - first);
    const block = vectorsFrom(first, count);
    for (const [q, question] of questions.entries()) {
      const found = best[q]!;
      for (let i = 0; i < count; i++) {
        const score = dot(question, block, i * DIMENSION);
        if (found.length < k || score > found[k - 1]!.score) {
          found.push({ row: first + i, score });
          found.sort((a, b) => b.score - a.score);
          found.length = Math.min(found.length, k);
        }
      }
    }
  }
  return best.map((found) => found.map(({ row }) => row));
}

function dot(a: Float32Array, b: Float32Array, offset: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < DIMENSION; i += 4) {
    s0 += a[i]! * b[offset + i]!;
    s1 += a[i + 1]! * b[offset + i + 1]!;
    s2 += a[i + 2]! * b[offset + i + 2]!;
    s3 += a[i + 3]! * b[offset + i + 3]!;
  }
  return s0 + s1 + (s2 + s3);
}
