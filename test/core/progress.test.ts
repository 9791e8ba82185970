/** The pace of work: its rate, and what is left of it. */
import { expect, test } from "bun:test";
import { PaceMeter } from "../../src/core/progress.ts";

function meterAt() {
  const clock = { ms: 0 };
  return { clock, meter: new PaceMeter(() => clock.ms) };
}

test("nothing can be said before some time has passed", () => {
  const { meter } = meterAt();
  expect(meter.update(50, 100)).toEqual({ rate: 0, remaining: null });
});

test("steady work has its rate and its remaining time", () => {
  const { clock, meter } = meterAt();
  for (let done = 10; done <= 50; done += 10) {
    clock.ms += 1000;
    expect(meter.update(done, 100)).toEqual({ rate: 10, remaining: (100 - done) / 10 });
  }
});

test("the rate follows a change without jumping to it", () => {
  const { clock, meter } = meterAt();
  clock.ms = 1000;
  meter.update(100);
  clock.ms = 2000;
  const { rate } = meter.update(300);
  expect(rate).toBeGreaterThan(100);
  expect(rate).toBeLessThan(200);
});

test("without a total no end is foretold, and past it nothing is left", () => {
  const { clock, meter } = meterAt();
  clock.ms = 1000;
  expect(meter.update(10).remaining).toBeNull();
  clock.ms = 2000;
  expect(meter.update(30, 20).remaining).toBe(0);
});
