/** Goal: the kernels and their twins give the same signatures. */
import { afterEach, expect, test } from "bun:test";
import fc from "fast-check";
import { MERSENNE_61, SignatureMaker61, signatureOf61 } from "../../../../src/curate/dedup/minhash/mersenne61.ts";
import { permutationsOf, SignatureMaker, signatureOf } from "../../../../src/curate/dedup/minhash/permutations.ts";
import { openKernel } from "../../../../src/wasm/kernel.ts";

afterEach(() => {
  delete process.env.MDP_NO_WASM;
});

test("the kernel is there, and is not taken with MDP_NO_WASM", () => {
  delete process.env.MDP_NO_WASM;
  expect(openKernel("minhash")).toBeDefined();
  process.env.MDP_NO_WASM = "1";
  expect(openKernel("minhash")).toBeUndefined();
});

test("32-bit signatures: kernel equals twin equals definition, also when the room has to grow", () => {
  const permutations = permutationsOf(9, 20);
  const maker = new SignatureMaker(permutations);
  const hashes = fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 40 });
  const check = (values: number[]) => {
    maker.reserve(values.length);
    maker.hashes.set(values);
    const twin = new Uint32Array(24);
    signatureOf(Uint32Array.from(values), values.length, permutations, twin);
    expect([...maker.make(values.length)]).toEqual([...twin]);
    const first = values.map((x) =>
      Number((BigInt(x) * BigInt(permutations.a[0]!) + BigInt(permutations.b[0]!)) % 2n ** 32n),
    );
    expect(twin[0]).toBe(Math.min(0xffff_ffff, ...first));
  };
  fc.assert(fc.property(hashes, check));
  check(Array.from({ length: 20_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0));
});

test("61-bit signatures: kernel equals twin", () => {
  const value = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const factor = fc.bigInt({ min: 0n, max: MERSENNE_61 - 1n });
  const masks = fc.constantFrom(0xffff_ffffn, 0xffff_ffff_ffff_ffffn);
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), factor, factor, masks, (values, a, b, mask) => {
      const permutations = { a: BigUint64Array.of(a, b, 1n), b: BigUint64Array.of(b, a, 0n) };
      const hashes = BigUint64Array.from(values);
      const made = new SignatureMaker61(permutations, mask).make(hashes);
      expect([...made]).toEqual([...signatureOf61(hashes, permutations, mask)]);
    }),
    { numRuns: 40 },
  );
});
