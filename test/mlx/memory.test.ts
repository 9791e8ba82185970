/** Goal: memory that is given back is given back, and the figures say so. */
import { describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";
import { expectFlatMemory, expectNoLeaks } from "../support/leaks.ts";

describe("memory figures", () => {
  test("count what arrays hold, and the peak", () => {
    const before = mx.activeMemory();
    mx.resetPeakMemory();
    const big = mx.ones([1024, 1024]).eval();
    expect(mx.activeMemory() - before).toBeGreaterThanOrEqual(4 << 20);
    big.dispose();
    expect(mx.activeMemory()).toBe(before);
    expect(mx.peakMemory()).toBeGreaterThanOrEqual(before + (4 << 20));
  });

  test("limits are set, and the ones before are returned", () => {
    const cache = mx.setCacheLimit(1 << 20);
    expect(mx.setCacheLimit(cache)).toBe(1 << 20);
    const limit = mx.memoryLimit();
    expect(mx.setMemoryLimit(3 * 2 ** 30)).toBe(limit);
    expect(mx.memoryLimit()).toBe(3 * 2 ** 30);
    mx.setMemoryLimit(limit);
  });

  test("clearing the cache empties it", () => {
    mx.ones([1024, 1024]).eval().dispose();
    mx.clearCache();
    expect(mx.cacheMemory()).toBe(0);
  });
});

describe("forward passes", () => {
  /** Attention and a feed-forward layer, small enough to run a thousand times. */
  function forward(x: mx.MlxArray, w: mx.MlxArray): mx.MlxArray {
    return mx.tidy(() => {
      const heads = mx.transpose(mx.reshape(mx.matmul(x, w), [2, 6, 4, 8]), [0, 2, 1, 3]);
      const seen = mx.fast.scaledDotProductAttention(heads, heads, heads, { scale: 0.35, mask: "causal" });
      const joined = mx.reshape(mx.transpose(seen, [0, 2, 1, 3]), [2, 6, 32]);
      const normed = mx.fast.layerNorm(mx.add(x, joined), null, null, 1e-5);
      return mx.mean(mx.multiply(normed, mx.sigmoid(mx.multiply(normed, 1.7))), 1);
    });
  }

  test("leave as much memory after 1,000 as after 10", () => {
    using x = mx.random.normal(mx.random.key(0), [2, 6, 32]).eval();
    using w = mx.random.normal(mx.random.key(1), [32, 32]).eval();
    expectNoLeaks(() =>
      expectFlatMemory(() => {
        using result = forward(x, w);
        result.toFloat32();
      }),
    );
  });

  test("leave as much on two streams that are evaluated together", () => {
    using x = mx.random.normal(mx.random.key(0), [2, 6, 32]).eval();
    using w = mx.random.normal(mx.random.key(1), [32, 32]).eval();
    const streams = [mx.newStream("cpu"), mx.newStream("cpu")];
    expectNoLeaks(() =>
      expectFlatMemory(() =>
        mx.tidy(() => mx.evaluate(...streams.map((stream) => mx.withStream(stream, () => forward(x, w))))),
      ),
    );
    mx.disposeAll(streams);
  });

  test("leave nothing behind when one in ten fails", () => {
    using x = mx.ones([2, 6, 32]);
    using w = mx.ones([32, 32]);
    using bad = mx.ones([31, 32]);
    expectNoLeaks(() => {
      for (let i = 0; i < 200; i++) {
        if (i % 10 === 0) expect(() => forward(x, bad)).toThrow(/^matmul: /);
        else forward(x, w).dispose();
      }
    });
  });
});
