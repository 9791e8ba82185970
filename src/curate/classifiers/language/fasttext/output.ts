/** The best label of a fastText model, by each of its losses. */
import type { Loss } from "./arguments.ts";
import type { Label } from "./dictionary.ts";
import type { Matrix } from "./matrix.ts";

export interface Best {
  label: number;
  /** As fastText gives it, which adds 1e-5 before it takes logarithms. */
  score: number;
}

/** `hidden` is the mean of the rows of a text. */
export type FindBest = (hidden: Float32Array) => Best;

const log = (x: number) => Math.log(x + 1e-5);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export function bestBy(loss: Loss, output: Matrix, labels: readonly Label[]): FindBest {
  if (loss === "hs") return bestInTree(output, labels);
  const scores = new Float64Array(labels.length);
  return (hidden) => {
    for (let i = 0; i < scores.length; i++) scores[i] = output.dotRow(hidden, i);
    if (loss !== "softmax") for (let i = 0; i < scores.length; i++) scores[i] = roughSigmoid(scores[i]!);
    let label = 0;
    // Of equal scores fastText gives the last.
    for (let i = 1; i < scores.length; i++) if (scores[i]! >= scores[label]!) label = i;
    const best = scores[label]!;
    if (loss !== "softmax") return { label, score: best + 1e-5 };
    return { label, score: 1 / scores.reduce((sum, value) => sum + Math.exp(value - best), 0) + 1e-5 };
  };
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

function bestInTree(output: Matrix, labels: readonly Label[]): FindBest {
  const count = labels.length;
  const { left, right } = buildTree(labels);
  return (hidden) => {
    let best: Best = { label: -1, score: Number.NEGATIVE_INFINITY };
    const visit = (node: number, score: number): void => {
      if (score <= best.score) return;
      if (node < count) {
        best = { label: node, score };
        return;
      }
      const p = sigmoid(output.dotRow(hidden, node - count));
      visit(left[node - count]!, score + log(1 - p));
      visit(right[node - count]!, score + log(p));
    };
    visit(2 * count - 2, 0);
    return { label: best.label, score: Math.exp(best.score) };
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
