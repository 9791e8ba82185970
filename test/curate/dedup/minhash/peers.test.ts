/** Goal: signatures are those of datasketch and datatrove where they are asked for. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { datasketchSigner } from "../../../../src/curate/dedup/minhash/datasketch.ts";
import { datatroveSigner, simplifyText } from "../../../../src/curate/dedup/minhash/datatrove.ts";
import { signatureOf61 } from "../../../../src/curate/dedup/minhash/mersenne61.ts";

interface Golden {
  sets: string[][];
  datasketchSignatures: {
    scheme: "affine32" | "legacy";
    permutations: number;
    seed: number;
    set: number;
    signature: number[];
  }[];
  datatroveSignatures: { seed: number; set: number; signature: string[] }[];
  simplified: { text: string; simple: string }[];
  datatroveWords: { path: string; words: string }[];
}

const repository = join(import.meta.dir, "../../../..");
/** Made by test/parity/golden_minhash.py. */
const golden: Golden = JSON.parse(readFileSync(join(repository, "fixtures/golden/minhash.json"), "utf8"));

test.each(golden.datasketchSignatures)(
  "datasketch $scheme, $permutations permutations, seed $seed, set $set: equal",
  ({ scheme, permutations, seed, set, signature }) => {
    const sign = datasketchSigner(permutations, seed, scheme);
    expect([...sign(golden.sets[set]!)]).toEqual(signature);
    expect([...sign(golden.sets[set]!.map((text) => Buffer.from(text)))]).toEqual(signature);
  },
);

describe("datatrove", () => {
  test.each(golden.datatroveSignatures)("signatures are equal: seed $seed, set $set", ({ seed, set, signature }) => {
    expect([...datatroveSigner(15, seed)(golden.sets[set]!)].map(String)).toEqual(signature);
  });

  test("simplifies texts as it does", () => {
    expect(golden.simplified).toHaveLength(5);
    for (const { text, simple } of golden.simplified) expect(simplifyText(text)).toBe(simple);
  });

  test("splits at least 99 of 100 words of these documents as spaCy does", () => {
    let equal = 0;
    let all = 0;
    for (const { path, words } of golden.datatroveWords) {
      const text = [...readFileSync(join(repository, path), "utf8")].slice(0, 3000).join("");
      const theirs = words.split(" ");
      const ours = new Map<string, number>();
      for (const word of simplifyText(text).split(" ")) ours.set(word, (ours.get(word) ?? 0) + 1);
      for (const word of theirs) {
        const left = ours.get(word) ?? 0;
        if (left > 0) equal++;
        ours.set(word, left - 1);
      }
      all += theirs.length;
    }
    expect(all).toBeGreaterThan(3_000);
    expect(equal / all).toBeGreaterThan(0.99);
  });
});

test("the twin of the 61-bit kernel wraps, reduces and masks as the definition says", () => {
  const a = BigUint64Array.of(3n, (1n << 61n) - 2n);
  const b = BigUint64Array.of(5n, 7n);
  const hashes = BigUint64Array.of((1n << 63n) + 1n, 12_345n);
  const by = (p: number) => {
    const values = [...hashes].map((hash) => ((hash * a[p]! + b[p]!) % (1n << 64n)) % ((1n << 61n) - 1n));
    return values.sort((x, y) => (x < y ? -1 : 1))[0]!;
  };
  expect([...signatureOf61(hashes, { a, b }, (1n << 64n) - 1n)]).toEqual([by(0), by(1)]);
});
