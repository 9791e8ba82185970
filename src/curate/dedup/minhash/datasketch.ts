/** Signatures equal to those of the Python library datasketch (`MinHash(num_perm, seed)` with its own SHA-1 hash). */

import { Mt19937 } from "../../../core/mt19937.ts";
import { fmix32 } from "../text/mix.ts";
import { MERSENNE_61, type Permutations61, SignatureMaker61 } from "./mersenne61.ts";
import { type Permutations, SignatureMaker } from "./permutations.ts";

/** `affine32` is what datasketch does since 2.0, `legacy` what it did before and does with `scheme="legacy"`. */
export type DatasketchScheme = "affine32" | "legacy";

/** Makes signatures of sets of strings or bytes, with the given number of permutations. */
export function datasketchSigner(
  permutations: number,
  seed: number,
  scheme: DatasketchScheme,
): (shingles: readonly (string | Uint8Array)[]) => Uint32Array {
  return scheme === "affine32" ? affineSigner(permutations, seed) : legacySigner(permutations, seed);
}

function affineSigner(permutations: number, seed: number): (shingles: readonly (string | Uint8Array)[]) => Uint32Array {
  const maker = new SignatureMaker(affinePermutations(permutations, seed));
  return (shingles) => {
    maker.reserve(shingles.length);
    for (const [index, shingle] of shingles.entries()) maker.hashes[index] = fmix32(sha1Hash32(shingle));
    return maker.make(shingles.length).slice(0, permutations);
  };
}

function affinePermutations(permutations: number, seed: number): Permutations {
  const random = new Mt19937(seed);
  // The kernel wants a multiple of 8; what is beyond is not read.
  const a = new Uint32Array(Math.ceil(permutations / 8) * 8);
  const b = new Uint32Array(a.length);
  for (let i = 0; i < permutations; i++) a[i] = (random.next32() & 0x7fffffff) * 2 + 1;
  for (let i = 0; i < permutations; i++) b[i] = random.next32();
  return { a, b };
}

function legacySigner(permutations: number, seed: number): (shingles: readonly (string | Uint8Array)[]) => Uint32Array {
  const maker = new SignatureMaker61(legacyPermutations(permutations, seed), 0xffff_ffffn);
  return (shingles) => {
    const hashes = BigUint64Array.from(shingles, (shingle) => BigInt(sha1Hash32(shingle)));
    return Uint32Array.from(maker.make(hashes), Number);
  };
}

function legacyPermutations(permutations: number, seed: number): Permutations61 {
  const random = new Mt19937(seed);
  const a = new BigUint64Array(permutations);
  const b = new BigUint64Array(permutations);
  for (let i = 0; i < permutations; i++) {
    a[i] = random.below64(1n, MERSENNE_61);
    b[i] = random.below64(0n, MERSENNE_61);
  }
  return { a, b };
}

/** The first four bytes of a SHA-1, little-endian: datasketch's `sha1_hash32`. */
function sha1Hash32(content: string | Uint8Array): number {
  const digest = Bun.SHA1.hash(content) as unknown as Uint8Array;
  return (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) >>> 0;
}
