/** A supervised fastText model: the best label of a text. */
import { readFileSync, statSync } from "node:fs";
import { MdpError, messageOf } from "../../../core/errors.ts";
import { readArguments } from "./arguments.ts";
import { Cursor } from "./cursor.ts";
import { Dictionary } from "./dictionary.ts";
import { readMatrix } from "./matrix.ts";
import { outputOf } from "./output.ts";

export interface Prediction {
  label: string;
  /** As fastText gives it; up to 1.00001. */
  score: number;
}

export interface FasttextModel {
  labels: readonly string[];
  /** The best label of a text, line ends taken as spaces; undefined when none of its words says anything. */
  predict(text: string): Prediction | undefined;
  /** The scores of all labels, in their order; undefined as above. */
  scores(text: string): Float64Array | undefined;
}

/** Larger files are mapped, so that processes share them, and only what is used takes memory. */
const MAPPED_BYTES = 16 * 1024 ** 2;

/**
 * Reads a `.bin` or `.ftz` file, as fastText 0.1 and later save it, of any loss.
 *
 * @throws MdpError for a file that is no such model, is cut, or holds vectors without labels
 */
export function openFasttext(path: string): FasttextModel {
  return parseFasttext(readBytes(path), path);
}

function readBytes(path: string): Uint8Array {
  try {
    return statSync(path).size > MAPPED_BYTES ? Bun.mmap(path, { shared: false }) : readFileSync(path);
  } catch (cause) {
    throw new MdpError({
      code: "model-unreadable",
      message: `the fastText model cannot be read: ${messageOf(cause)}`,
      where: path,
      hint: "check the setting that names it, e.g. languageModel",
      cause,
    });
  }
}

/** Reads a model's bytes; `where` names them in errors. */
export function parseFasttext(bytes: Uint8Array, where: string): FasttextModel {
  const cursor = new Cursor(bytes, where);
  const args = readArguments(cursor);
  const dictionary = new Dictionary(cursor, args);
  const { labels } = dictionary;
  const input = readMatrix(cursor, cursor.uint8("its input matrix") !== 0, "its input matrix");
  const output = readMatrix(cursor, cursor.uint8("its output matrix") !== 0, "its output matrix");
  for (const [what, matrix, rows] of [
    ["input", input, dictionary.words + dictionary.ngramRows],
    ["output", output, labels.length],
  ] as const) {
    if (matrix.columns !== args.dim || matrix.rows !== rows) {
      const shape = `${matrix.rows} × ${matrix.columns}`;
      throw cursor.broken(`its ${what} matrix is ${shape}, its dictionary asks for ${rows} × ${args.dim}`);
    }
  }
  const ones = new Float32Array(args.dim).fill(1);
  for (let row = 0; row < output.rows; row++) {
    if (!Number.isFinite(output.dotRow(ones, row))) throw cursor.broken(`row ${row} of its output is not a number`);
  }
  const { best, all } = outputOf(args.loss, output, labels);
  const hidden = new Float32Array(args.dim);
  const encoder = new TextEncoder();
  /** The mean of the rows of a text, in `hidden`; false when it has none. */
  const hide = (text: string): boolean => {
    hidden.fill(0);
    const rows = dictionary.rows(encoder.encode(text.replaceAll("\n", " ")));
    for (const row of rows) input.addRow(hidden, row);
    for (let i = 0; i < hidden.length; i++) hidden[i]! /= rows.length;
    return rows.length > 0;
  };
  return {
    labels: labels.map(({ name }) => name),
    predict(text) {
      if (!hide(text)) return undefined;
      const { label, score } = best(hidden);
      if (label === -1 || !Number.isFinite(score)) throw cursor.broken("its scores are not numbers");
      return { label: labels[label]!.name, score };
    },
    scores(text) {
      if (!hide(text)) return undefined;
      const scores = all(hidden);
      if (!scores.every(Number.isFinite)) throw cursor.broken("its scores are not numbers");
      return scores;
    },
  };
}
