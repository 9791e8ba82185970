/** Goal: work runs on the device and the stream that were asked for. */
import { describe, expect, test } from "bun:test";
import { outHandle } from "../../ffi/call.ts";
import * as mx from "../../src/mlx/index.ts";
import { c } from "../../src/mlx/runtime.ts";
import { expectNoLeaks } from "../support/leaks.ts";

describe("devices", () => {
  test("the CPU is there, and the default is one that is there", () => {
    expect(mx.isAvailable("cpu")).toBe(true);
    expect(mx.isAvailable(mx.defaultDevice())).toBe(true);
    expect(mx.currentStream().device).toBe(mx.defaultDevice());
  });

  test("tell about themselves", () => {
    const info = mx.deviceInfo("cpu");
    expect(Object.keys(info)).toContain("device_name");
    expect(info.device_name).not.toBe("");
  });

  test("a default that is set is the one that is used", () => {
    const before = mx.defaultDevice();
    mx.setDefaultDevice("cpu");
    expect(mx.defaultDevice()).toBe("cpu");
    expect(mx.currentStream().device).toBe("cpu");
    mx.setDefaultDevice(before);
  });

  test("one that is absent is refused by name", () => {
    if (mx.isAvailable("gpu")) return;
    expect(() => mx.newStream("gpu")).toThrow(mx.MlxError);
  });
});

describe("streams", () => {
  test("are distinct, and freed by their owner", () => {
    expectNoLeaks(() => {
      using one = mx.newStream("cpu");
      using two = mx.newStream("cpu");
      expect(one.index).not.toBe(two.index);
      expect([one.device, two.device]).toEqual(["cpu", "cpu"]);
    });
  });

  test("withStream is in force inside only, nests, and ends when the work throws", () => {
    using one = mx.newStream("cpu");
    using two = mx.newStream("cpu");
    const outside = mx.currentStream();
    mx.withStream(one, () => {
      expect(mx.currentStream()).toBe(one);
      mx.withStream(two, () => expect(mx.currentStream()).toBe(two));
      expect(mx.currentStream()).toBe(one);
    });
    expect(() =>
      mx.withStream(one, () => {
        throw new RangeError("stop");
      }),
    ).toThrow("stop");
    expect(mx.currentStream()).toBe(outside);
  });

  test("withStream's stream is MLX's own default inside, where fused functions look", () => {
    /** Asked of MLX, not of the wrapper. */
    const native = () => {
      const device = outHandle("get_default_device", (slot) => c().mlx_get_default_device(slot));
      using stream = new mx.Stream(outHandle("get_default_stream", (slot) => c().mlx_get_default_stream(slot, device)));
      c().mlx_device_free(device);
      return stream.index;
    };
    using one = mx.newStream();
    using two = mx.newStream();
    const outside = native();
    mx.withStream(one, () => {
      expect(native()).toBe(one.index);
      mx.withStream(two, () => expect(native()).toBe(two.index));
      expect(native()).toBe(one.index);
      expect(mx.cpuStream().index).not.toBe(one.index);
    });
    expect(() =>
      mx.withStream(one, () => {
        throw new RangeError("stop");
      }),
    ).toThrow("stop");
    expect(native()).toBe(outside);
  });

  test("arrays built on several are right when one call evaluates them all", () => {
    mx.tidy(() => {
      const streams = [mx.newStream("cpu"), mx.newStream("cpu")];
      const results = streams.map((stream, i) =>
        mx.withStream(stream, () => {
          const a = mx.full([64, 64], i + 1);
          return mx.sum(mx.matmul(a, mx.transpose(a)), 0);
        }),
      );
      mx.evaluate(...results);
      expect(results.map((one) => one.toFloat32()[63])).toEqual([64 * 64, 4 * 64 * 64]);
      for (const stream of streams) mx.synchronize(stream);
      mx.disposeAll(streams);
    });
  });

  test("an operation may name its own", () => {
    mx.tidy(() => {
      using stream = mx.newStream("cpu");
      const one = mx.exp(mx.array([0], "float32"), stream);
      expect(one.tolist()).toEqual([1]);
    });
  });

  test("one that was freed says so", () => {
    const stream = mx.newStream("cpu");
    stream.dispose();
    expect(() => mx.withStream(stream, () => mx.zeros([1]))).toThrow("Stream: used after it was freed");
  });
});
