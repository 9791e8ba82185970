/** Signatures with the arithmetic of the Python library datatrove: its normalization, xxHash64 and permutations. */

import { Mt19937 } from "../../../core/mt19937.ts";
import { MERSENNE_61, type Permutations61, SignatureMaker61 } from "./mersenne61.ts";

/** Makes the minima (64 bits each) of shingles, as `MinhashDedupSignature.get_signature` does for them. */
export function datatroveSigner(permutations: number, seed: number): (shingles: readonly string[]) => BigUint64Array {
  const maker = new SignatureMaker61(permutationsOf(permutations, seed), 0xffff_ffff_ffff_ffffn);
  return (shingles) => maker.make(BigUint64Array.from(shingles, (shingle) => Bun.hash.xxHash64(shingle)));
}

function permutationsOf(permutations: number, seed: number): Permutations61 {
  const random = new Mt19937(seed);
  const a = new BigUint64Array(permutations);
  const b = new BigUint64Array(permutations);
  for (let i = 0; i < permutations; i++) a[i] = random.below64(1n, MERSENNE_61);
  for (let i = 0; i < permutations; i++) b[i] = random.below64(0n, MERSENNE_61);
  return { a, b };
}

/** N-grams of a text's words; none for a text of fewer words. */
export function datatroveShingles(text: string, n: number): string[] {
  const words = simplifyText(text).split(" ");
  const shingles: string[] = [];
  for (let i = n; i <= words.length; i++) shingles.push(words.slice(i - n, i).join(" "));
  return shingles;
}

const NUMBERS = /\p{Nd}+(?:[.,،٫⎖⎗⎘]\p{Nd}+)?/gu;
const PUNCTUATION =
  /[!/—”:％１〈&(、━\\【#%「」，】；+^\]~“《„';’{|∶´[=\-`*．（–？！：$～«〉,><》)?）。…@_."}►»\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/**
 * datatrove's `simplify_text` with its defaults: lower case, numbers as 0, punctuation as spaces, no marks. Its words
 * come from spaCy afterwards; ours are what stands between spaces, which differs for a few ("cannot", "10km").
 */
export function simplifyText(text: string): string {
  return text
    .toLowerCase()
    .replace(NUMBERS, "0")
    .replace(PUNCTUATION, " ")
    .trim()
    .replace(/\s+/g, " ")
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .trim();
}
