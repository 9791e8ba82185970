/** Goal: every native object is freed once, by its owner, and never used afterwards. */
import { describe, expect, test } from "bun:test";
import { MlxError } from "../../ffi/errors.ts";
import { defineHandleKind, disposeAll, keep, liveHandles, NativeHandle, tidy } from "../../ffi/memory.ts";
import type { Handle } from "../../ffi/types.ts";

const freed: number[] = [];
const scoped = defineHandleKind("Thing", (handle) => freed.push(handle), true);
const unscoped = defineHandleKind("Tool", (handle) => freed.push(handle));
let next = 1;

function thing(kind = scoped): NativeHandle {
  return new NativeHandle(kind, next++ as Handle);
}

/** Handles freed by `work`, as the objects' own numbers. */
function freedBy(work: () => void): number {
  const before = freed.length;
  work();
  return freed.length - before;
}

describe("a handle", () => {
  test("is freed at the end of its block by using", () => {
    const before = liveHandles();
    expect(
      freedBy(() => {
        using one = thing();
        expect(one.isDisposed).toBe(false);
        expect(liveHandles()).toBe(before + 1);
      }),
    ).toBe(1);
    expect(liveHandles()).toBe(before);
  });

  test("is freed once, however often it is disposed of", () => {
    const one = thing();
    expect(
      freedBy(() => {
        one.dispose();
        one.dispose();
        one[Symbol.dispose]();
      }),
    ).toBe(1);
  });

  test("names itself and the way out when it is used after it was freed", () => {
    const one = thing();
    one.dispose();
    expect(() => one.handle).toThrow(MlxError);
    expect(() => one.handle).toThrow("Thing: used after it was freed");
    expect(one.isDisposed).toBe(true);
  });

  test("is freed by the collector when its owner forgot it", async () => {
    const before = liveHandles();
    (() => {
      for (let i = 0; i < 1000; i++) thing();
    })();
    expect(liveHandles()).toBe(before + 1000);
    for (let i = 0; i < 50 && liveHandles() > before + 100; i++) {
      Bun.gc(true);
      await Bun.sleep(5);
    }
    expect(liveHandles()).toBeLessThanOrEqual(before + 100);
  });
});

describe("tidy", () => {
  test("frees what was made inside, but not what it returns", () => {
    const before = liveHandles();
    let inside: NativeHandle | undefined;
    const result = tidy(() => {
      inside = thing();
      return thing();
    });
    expect(inside?.isDisposed).toBe(true);
    expect(result.isDisposed).toBe(false);
    result.dispose();
    expect(liveHandles()).toBe(before);
  });

  test("keeps handles in lists, plain objects, maps and sets of the result", () => {
    const result = tidy(() => ({
      list: [thing(), [thing()]],
      map: new Map([["a", { b: thing() }]]),
      set: new Set([thing()]),
    }));
    const kept = [...result.list.flat(), result.map.get("a")!.b, ...result.set] as NativeHandle[];
    expect(kept.map((one) => one.isDisposed)).toEqual([false, false, false, false]);
    expect(freedBy(() => disposeAll(result))).toBe(4);
  });

  test("nests: the outer one frees what the inner one returned", () => {
    let inner: NativeHandle | undefined;
    tidy(() => {
      inner = tidy(() => thing());
      expect(inner.isDisposed).toBe(false);
    });
    expect(inner?.isDisposed).toBe(true);
  });

  test("frees what was made inside when the function throws, and lets the error through", () => {
    const before = liveHandles();
    expect(() =>
      tidy(() => {
        thing();
        tidy(() => {
          thing();
          throw new RangeError("inner");
        });
      }),
    ).toThrow("inner");
    expect(liveHandles()).toBe(before);
    using after = thing();
    expect(after.isDisposed).toBe(false);
  });

  test("leaves alone what was made before it, and what is kept", () => {
    const before = thing();
    const kept = tidy(() => {
      const inside = keep(thing());
      return () => inside;
    })();
    tidy(() => before);
    expect([before.isDisposed, kept.isDisposed]).toEqual([false, false]);
    disposeAll([before, kept]);
  });

  test("leaves handles that belong to no scope to their maker", () => {
    let tool: NativeHandle | undefined;
    tidy(() => {
      tool = thing(unscoped);
    });
    expect(tool?.isDisposed).toBe(false);
    tool?.dispose();
  });

  test("takes a result that was already freed", () => {
    const result = tidy(() => {
      const one = thing();
      one.dispose();
      return one;
    });
    expect(result.isDisposed).toBe(true);
  });

  test("refuses an asynchronous function, whose arrays it would free too early", () => {
    const before = liveHandles();
    expect(() => tidy(async () => thing())).toThrow(/asynchronous/);
    expect(liveHandles()).toBe(before);
  });
});
