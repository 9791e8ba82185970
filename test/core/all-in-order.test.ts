/** Goal: what comes of several promises does not depend on which of them ends first. */
import { expect, test } from "bun:test";
import { allInOrder } from "../../src/core/all-in-order.ts";

/** Promises with the given outcomes, which end in the order of `ends`. */
async function ended(outcomes: readonly unknown[], ends: readonly number[]): Promise<unknown> {
  const open = outcomes.map(() => Promise.withResolvers<unknown>());
  const whole = allInOrder(open.map(({ promise }) => promise)).catch((error: unknown) => error);
  for (const index of ends) {
    const outcome = outcomes[index];
    if (outcome instanceof Error) open[index]!.reject(outcome);
    else open[index]!.resolve(outcome);
    await Bun.sleep(0);
  }
  return whole;
}

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

test.each(orders)("values come in the order of their promises when they end as %i, %i, %i", async (...ends) => {
  expect(await ended([1, undefined, "three"], ends)).toEqual([1, undefined, "three"]);
});

test.each(orders)("of two failures the first counts when they end as %i, %i, %i", async (...ends) => {
  const [second, third] = [new Error("second"), new Error("third")];
  expect(await ended([1, second, third], ends)).toBe(second);
});

test("an error comes when nothing goes on behind it", async () => {
  const late = Promise.withResolvers<void>();
  let told = false;
  const whole = allInOrder([Promise.reject(new Error("first")), late.promise]).finally(() => {
    told = true;
  });
  whole.catch(() => {});
  await Bun.sleep(0);
  expect(told).toBe(false);
  late.resolve();
  await expect(whole).rejects.toThrow("first");
});

test("what is no promise is its own value, and nothing gives nothing", async () => {
  expect(await allInOrder([1, Promise.resolve(2)])).toEqual([1, 2]);
  expect(await allInOrder([])).toEqual([]);
});
