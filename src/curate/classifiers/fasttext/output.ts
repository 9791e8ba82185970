/** From the vector of a text to its labels, by each loss of fastText. */
import type { Loss } from "./arguments.ts";
import type { Label } from "./dictionary.ts";
import type { Matrix } from "./matrix.ts";

export interface Best {
  label: number;
  /** As fastText gives it, which adds 1e-5 before it takes logarithms. */
  score: number;
}

/** The labels of a text, from the mean of its rows. */
export interface Output {
  best(hidden: Float32Array): Best;
  /** The score of every label, in their order. */
  all(hidden: Float32Array): Float64Array;
}

/** What fastText adds to a probability before its logarithm. */
const EPSILON = 1e-5;
const log = (x: number) => Math.log(x + EPSILON);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The output of a model of this loss. */
export function outputOf(loss: Loss, matrix: Matrix, labels: readonly Label[]): Output {
  if (loss === "hs") return treeOutput(matrix, labels);
  const all = (hidden: Float32Array): Float64Array => {
    const scores = Float64Array.from(labels, (_, i) => matrix.dotRow(hidden, i));
    if (loss !== "softmax") return scores.map((score) => roughSigmoid(score) + EPSILON);
    const largest = scores.reduce((max, score) => Math.max(max, score), Number.NEGATIVE_INFINITY);
    const powers = scores.map((score) => Math.exp(score - largest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total + EPSILON);
  };
  const best = (hidden: Float32Array): Best => {
    const scores = all(hidden);
    let label = 0;
    // Of equal scores fastText gives the last.
    for (let i = 1; i < scores.length; i++) if (scores[i]! >= scores[label]!) label = i;
    return { label, score: scores[label]! };
  };
  return { best, all };
}

const STEPS = 512;
const LIMIT = 8;

/** fastText looks these up in a table of 512 steps between -8 and 8, which makes many scores equal. */
function roughSigmoid(x: number): number {
  if (x < -LIMIT) return 0;
  if (x > LIMIT) return 1;
  const index = Math.trunc(((x + LIMIT) * STEPS) / LIMIT / 2);
  return sigmoid((index * 2 * LIMIT) / STEPS - LIMIT);
}

/** Inner nodes of the Huffman tree over the labels, the root last; each has a row of the output matrix. */
interface Tree {
  left: Int32Array;
  right: Int32Array;
}

function treeOutput(matrix: Matrix, labels: readonly Label[]): Output {
  const count = labels.length;
  const { left, right } = buildTree(labels);
  /** Calls `leaf` with each label and its score; what has no more than `least()` is passed over. */
  const visit = (hidden: Float32Array, least: () => number, leaf: (label: number, score: number) => void): void => {
    const down = (node: number, score: number): void => {
      if (score <= least()) return;
      if (node < count) {
        leaf(node, score);
        return;
      }
      const p = sigmoid(matrix.dotRow(hidden, node - count));
      down(left[node - count]!, score + log(1 - p));
      down(right[node - count]!, score + log(p));
    };
    down(2 * count - 2, 0);
  };
  return {
    best(hidden) {
      const best: Best = { label: -1, score: Number.NEGATIVE_INFINITY };
      visit(
        hidden,
        () => best.score,
        (label, score) => Object.assign(best, { label, score }),
      );
      return { label: best.label, score: Math.exp(best.score) };
    },
    all(hidden) {
      const scores = new Float64Array(count).fill(Number.NaN);
      visit(
        hidden,
        () => Number.NEGATIVE_INFINITY,
        (label, score) => {
          scores[label] = Math.exp(score);
        },
      );
      return scores;
    },
  };
}

/** fastText's own way to build it, since the order of equal counts decides the tree. Labels come by falling counts. */
function buildTree(labels: readonly Label[]): Tree {
  const size = labels.length;
  const counts = new Float64Array(2 * size - 1).fill(1e15);
  for (const [index, { count }] of labels.entries()) counts[index] = count;
  const tree: Tree = { left: new Int32Array(size - 1), right: new Int32Array(size - 1) };
  let leaf = size - 1;
  let node = size;
  const smallest = () => (leaf >= 0 && counts[leaf]! < counts[node]! ? leaf-- : node++);
  for (let i = size; i < 2 * size - 1; i++) {
    const [first, second] = [smallest(), smallest()];
    tree.left[i - size] = first;
    tree.right[i - size] = second;
    counts[i] = counts[first]! + counts[second]!;
  }
  return tree;
}
