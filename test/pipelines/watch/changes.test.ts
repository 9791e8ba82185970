/** Goal: a burst of changes is one round, however large, and one that never ends is taken all the same. */
import { describe, expect, test } from "bun:test";
import { Changes } from "../../../src/pipelines/watch/changes.ts";

const TIMING = { debounceMs: 60, longestWaitMs: 200 };
const never = new AbortController().signal;

describe("changes", () => {
  test("of a burst come together, their paths each once and no more than are of use", async () => {
    const changes = new Changes();
    for (let i = 0; i < 10_000; i++) changes.note(`f${i % 5_000}`);
    const gathered = await changes.next(TIMING, never);
    expect(gathered?.count).toBe(10_000);
    expect(gathered?.paths).toHaveLength(100);
    expect(await changes.next(TIMING, never, 10)).toBeUndefined();
  });

  test("that come one after the other within the quiet time are one burst", async () => {
    const timing = { debounceMs: 300, longestWaitMs: 60_000 };
    for (let pause = Number.POSITIVE_INFINITY; pause >= timing.debounceMs; ) {
      const changes = new Changes();
      const next = changes.next(timing, never);
      let before = performance.now();
      pause = 0;
      for (const path of ["a", "b", "a"]) {
        const noted = performance.now();
        changes.note(path);
        pause = Math.max(pause, performance.now() - before);
        before = noted;
        await Bun.sleep(20);
      }
      const gathered = await next;
      // Where the machine stood still for longer than the quiet time, there were two.
      if (pause < timing.debounceMs) expect(gathered).toEqual({ count: 3, paths: ["a", "b"] });
    }
  });

  test("that never end are taken after the longest wait", async () => {
    const changes = new Changes();
    let noted = 0;
    const chatter = setInterval(() => changes.note(`log ${noted++}`), 10);
    const started = performance.now();
    const gathered = await changes.next(TIMING, never);
    expect(performance.now() - started).toBeGreaterThanOrEqual(TIMING.longestWaitMs);
    expect(gathered?.count).toBe(noted);
    // What comes after that is another burst.
    expect((await changes.next(TIMING, never))?.paths).toContain(`log ${gathered!.count}`);
    clearInterval(chatter);
  });

  test("that come while a round is at work are the next one", async () => {
    const changes = new Changes();
    changes.note("a");
    await changes.next(TIMING, never);
    changes.note("b");
    expect(await changes.next(TIMING, never)).toEqual({ count: 1, paths: ["b"] });
  });

  test("are not waited for after the signal", async () => {
    const stop = new AbortController();
    const next = new Changes().next(TIMING, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(next).rejects.toThrow("stopped");
  });
});
