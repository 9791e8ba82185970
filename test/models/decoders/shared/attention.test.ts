/** Goal: attention step by step gives what MLX's fused kernel gives, also over quantized keys and values. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../../../src/mlx/index.ts";
import type { Mask } from "../../../../src/models/cache/cache.ts";
import { QuantizedKVCache } from "../../../../src/models/cache/quantized-kv-cache.ts";
import { attention } from "../../../../src/models/decoders/shared/attention.ts";
import { type LoadedDecoder, openDecoder } from "../../../../src/models/load-decoder.ts";
import { cachedLogits, difference, PIECES, TEXTS } from "../../../contracts/decoder.ts";
import { mlxLmLogits } from "../../../support/mlx-lm.ts";
import { TINY_ARCHITECTURES, tinyModel } from "../../../support/tiny-models.ts";

const [BATCH, HEADS, LENGTH, SIZE] = [2, 4, 9, 32];
const GROUP = 32;

const random = (heads: number, seed: number, length = LENGTH) =>
  mx.random.normal(mx.random.key(seed), [BATCH, heads, length, SIZE]);

/** bool `[batch, 1, queries, keys]`, without a row that sees nothing. */
function banded(queries: number, keys: number): mx.MlxArray {
  const flags = Array.from({ length: BATCH }, (_, b) =>
    Array.from({ length: queries }, (_, i) =>
      Array.from({ length: keys }, (_, j) => (j <= i + keys - queries && (i + j + b) % 3 !== 1) || j === i),
    ),
  );
  return mx.expandDims(mx.array(flags), 1);
}

/** A cap so high that tanh is the identity: the way through single steps, without its effect. */
const NO_CAP = 1e4;

describe("attention by single steps", () => {
  test.each([
    [4, "no", LENGTH],
    [2, "causal", LENGTH],
    [1, "causal", 3],
    [4, "bool", LENGTH],
    [2, "bool", 4],
    [2, "added", LENGTH],
  ] as const)("over %i key heads with %s mask and %i queries equals the fused kernel", (keyHeads, kind, queries) => {
    mx.tidy(() => {
      const q = random(HEADS, 1, queries);
      const kv = { keys: random(keyHeads, 2), values: random(keyHeads, 3) };
      const seen = banded(queries, LENGTH);
      const masks: Record<string, Mask> = {
        no: undefined,
        causal: "causal",
        bool: seen,
        added: mx.where(seen, 0, -1e9),
      };
      const scale = 0.2;
      const mask = masks[kind];
      const fused = mx.fast.scaledDotProductAttention(q, kv.keys, kv.values, mask ? { scale, mask } : { scale });
      const steps = attention(q, kv, { scale, mask, cap: NO_CAP });
      expect(difference(steps.toFloat32(), fused.toFloat32())).toBeLessThan(1e-5);
    });
  });

  test.each([8, 4])("over keys and values of %i bits equals attention over the same numbers in floats", (bits) => {
    mx.tidy(() => {
      const q = random(HEADS, 1, 4);
      const [keys, values] = [2, 3].map((seed) => mx.quantize(random(2, seed), { groupSize: GROUP, bits }));
      const plain = [keys!, values!].map((x) => mx.dequantize(x, { groupSize: GROUP, bits }));
      for (const mask of [undefined, "causal", banded(4, LENGTH)] as const) {
        for (const cap of [undefined, 0.7]) {
          const options = { scale: 0.2, mask, cap };
          const packed = attention(q, { keys: keys!, values: values!, groupSize: GROUP, bits }, options);
          const expected = attention(q, { keys: plain[0]!, values: plain[1]! }, options);
          expect(difference(packed.toFloat32(), expected.toFloat32())).toBeLessThan(1e-5);
        }
      }
    });
  });

  test("keeps scores below the cap", () => {
    mx.tidy(() => {
      const one = mx.array([[[[100, 0]]]], "float32");
      const keys = mx.array(
        [
          [
            [
              [100, 0],
              [0, 100],
            ],
          ],
        ],
        "float32",
      );
      const values = mx.array(
        [
          [
            [
              [1, 0],
              [0, 1],
            ],
          ],
        ],
        "float32",
      );
      const [first, second] = attention(one, { keys, values }, { scale: 1, mask: undefined, cap: 2 }).toFloat32();
      const e = Math.exp(2);
      expect(first).toBeCloseTo(e / (e + 1), 6);
      expect(second).toBeCloseTo(1 / (e + 1), 6);
    });
  });
});

/** With another library a last bit may differ, which moves a number by a whole step of the quantization. */
const NEAR_PACKED = 1e-3;

const SHAPE = { num_attention_heads: 2, num_key_value_heads: 1, head_dim: 32 };

const packed = (model: LoadedDecoder, bits: number) =>
  cachedLogits(
    model,
    model.makeCaches().map(() => new QuantizedKVCache(GROUP, bits)),
  );

test("models with a quantized cache give mlx-lm's logits", async () => {
  const names = TINY_ARCHITECTURES.filter((name) => name !== "gemma2" && name !== "phi");
  const folders = await Promise.all(names.map((name) => tinyModel(name, { config: SHAPE })));
  const requests = folders.flatMap((model) =>
    [8, 4].map((kv_bits) => ({ model, ids: TEXTS, pieces: PIECES, kv_bits, kv_group_size: GROUP })),
  );
  const expected = await mlxLmLogits(requests);
  for (const [i, { model, kv_bits }] of requests.entries()) {
    using decoder = await openDecoder(model);
    expect(difference(packed(decoder, kv_bits), expected[i]!.logits)).toBeLessThan(NEAR_PACKED);
  }
});

test.each(["gemma2", "phi"] as const)(
  "%s with a quantized cache, which mlx-lm refuses, stays near its floats",
  async (name) => {
    using decoder = await openDecoder(await tinyModel(name, { config: SHAPE }));
    const plain = cachedLogits(decoder);
    const near = difference(packed(decoder, 8), plain);
    expect(near).toBeLessThan(0.05);
    expect(difference(packed(decoder, 4), plain)).toBeGreaterThan(near);
  },
);
