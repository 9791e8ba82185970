/** The head of a fastText file: what it was trained with. */
import type { Cursor } from "./cursor.ts";

export const losses = ["hs", "ns", "softmax", "ova"] as const;
export type Loss = (typeof losses)[number];

export interface FasttextArguments {
  /** Width of the vectors. */
  dim: number;
  loss: Loss;
  wordNgrams: number;
  /** Rows that n-grams are hashed to. */
  bucket: number;
  /** Shortest and longest n-gram of a word, in characters; 0 for none. */
  minn: number;
  maxn: number;
}

const MAGIC = 793_712_314;
const NEWEST = 12;
const SUPERVISED = 3;
const MAX_DIM = 65_536;

export function readArguments(cursor: Cursor): FasttextArguments {
  const magic = cursor.int32("its head");
  if (magic !== MAGIC) throw cursor.broken(`it begins with ${magic}, not with ${MAGIC}`);
  const version = cursor.int32("its head");
  if (version < 11 || version > NEWEST) throw cursor.broken(`its version is ${version}; 11 and ${NEWEST} are known`);
  const next = () => cursor.int32("its arguments");
  const dim = next();
  const [, , , , wordNgrams, loss, model, bucket, minn, maxn] = Array.from({ length: 10 }, next) as number[];
  // Rates of updates and of sampling matter only in training.
  next();
  cursor.float64("its arguments");
  if (model !== SUPERVISED) throw cursor.broken("it holds word vectors and no labels (supervised model: no)");
  const name = losses[loss! - 1];
  if (!name) throw cursor.broken(`its loss is number ${loss}; 1 to ${losses.length} are known`);
  for (const [what, value, limit] of [
    ["dim", dim, MAX_DIM],
    ["bucket", bucket, 2 ** 31],
    ["wordNgrams", wordNgrams, 64],
    ["minn", minn, 64],
    ["maxn", maxn, 64],
  ] as const) {
    if (value! < 0 || value! > limit) throw cursor.broken(`${what} is ${value}, beyond 0 to ${limit}`);
  }
  if (bucket === 0 && (maxn! > 0 || wordNgrams! > 1)) throw cursor.broken("it has n-grams, but no rows for them");
  // Version 11 wrote an n-gram length that its supervised models do not use.
  const longest = version === 11 ? 0 : maxn!;
  return { dim, loss: name, wordNgrams: wordNgrams!, bucket: bucket!, minn: minn!, maxn: longest };
}
