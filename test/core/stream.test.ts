/** Streams: lazy, bounded, ordered, and closed when the consumer stops. */
import { describe, expect, test } from "bun:test";
import { Stream } from "../../src/core/stream.ts";

function counted(limit: number) {
  const state = { produced: 0, closed: false };
  async function* numbers() {
    try {
      for (let i = 0; i < limit; i++) {
        state.produced++;
        yield i;
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, stream: new Stream(numbers()) };
}

describe("stream", () => {
  test("runs nothing until it is consumed", async () => {
    const { state, stream } = counted(3);
    const mapped = stream.map((x) => x * 2);
    expect(state.produced).toBe(0);
    expect(await mapped.toArray()).toEqual([0, 2, 4]);
  });

  test("map, filter, flatMap, drop, take and batch follow the iterator helpers", async () => {
    const numbers = () => counted(10).stream;
    expect(
      await numbers()
        .filter((x) => x % 2 === 1)
        .toArray(),
    ).toEqual([1, 3, 5, 7, 9]);
    expect(
      await numbers()
        .take(2)
        .flatMap((x) => [x, x])
        .toArray(),
    ).toEqual([0, 0, 1, 1]);
    expect(await numbers().drop(8).toArray()).toEqual([8, 9]);
    expect(await numbers().batch(4).toArray()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(await numbers().reduce((total, x) => total + x, 0)).toBe(45);
    expect(await counted(0).stream.batch(3).toArray()).toEqual([]);
  });

  test("take closes the source and asks for no item too many", async () => {
    const { state, stream } = counted(100);
    expect(await stream.take(3).toArray()).toEqual([0, 1, 2]);
    expect(state).toEqual({ produced: 3, closed: true });
  });

  test("leaving a loop early closes the source through every operator", async () => {
    const { state, stream } = counted(100);
    for await (const batch of stream
      .map((x) => x)
      .mapConcurrent(4, (x) => x)
      .prefetch(2)
      .batch(2)) {
      if (batch[0] === 2) break;
    }
    expect(state.closed).toBe(true);
    expect(state.produced).toBeLessThan(20);
  });

  test("mapConcurrent keeps order and never runs more than its limit", async () => {
    let running = 0;
    let peak = 0;
    const result = await counted(20)
      .stream.mapConcurrent(5, async (x) => {
        peak = Math.max(peak, ++running);
        await Bun.sleep((20 - x) % 4);
        running--;
        return x;
      })
      .toArray();
    expect(result).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(peak).toBe(5);
  });

  test("the first error reaches the consumer and closes the source", async () => {
    for (const step of ["map", "mapConcurrent", "prefetch"] as const) {
      const { state, stream } = counted(100);
      const fail = (x: number) => {
        if (x === 3) throw new Error("three");
        return x;
      };
      const failing =
        step === "map"
          ? stream.map(fail)
          : step === "mapConcurrent"
            ? stream.mapConcurrent(4, fail)
            : stream.map(fail).prefetch(3);
      await expect(failing.toArray()).rejects.toThrow("three");
      expect(state.closed).toBe(true);
    }
  });

  test("prefetch reads ahead, and no further than its limit", async () => {
    const { state, stream } = counted(100);
    const iterator = stream.prefetch(5)[Symbol.asyncIterator]();
    await iterator.next();
    await Bun.sleep(1);
    expect(state.produced).toBe(6);
    await iterator.return?.();
    expect(state.closed).toBe(true);
  });
});
