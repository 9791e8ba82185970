/** Requests held back: by the limits that were set, by what the endpoint says is left, and by a pause that it asks for. */
import { describe, expect, test } from "bun:test";
import type { Clock } from "../../../src/embed/remote/clock.ts";
import { durationMs, RateLimit } from "../../../src/embed/remote/rate-limit.ts";
import { planRequests } from "../../../src/embed/remote/requests.ts";

const signal = new AbortController().signal;

function clockAt(start = 0) {
  let now = start;
  const clock: Clock = {
    seed: 1,
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  return clock;
}

/** When each of some requests goes, in seconds. */
async function times(limit: RateLimit, clock: Clock, tokens: readonly number[]): Promise<number[]> {
  const went: number[] = [];
  for (const each of tokens) {
    await limit.take(each, signal);
    went.push(Math.round(clock.now() / 100) / 10);
  }
  return went;
}

describe("a limit of requests", () => {
  test("lets a minute's go at once, then one after the other", async () => {
    const clock = clockAt();
    const limit = new RateLimit({ requestsPerMinute: 3, tokensPerMinute: undefined }, clock);
    expect(await times(limit, clock, [1, 1, 1, 1, 1])).toEqual([0, 0, 0, 20, 40]);
  });

  test("lets them go in the order in which they came", async () => {
    const clock = clockAt();
    const limit = new RateLimit({ requestsPerMinute: 1, tokensPerMinute: undefined }, clock);
    const went: number[] = [];
    await Promise.all([0, 1, 2].map((n) => limit.take(1, signal).then(() => went.push(n))));
    expect(went).toEqual([0, 1, 2]);
    expect(Math.round(clock.now() / 1000)).toBe(120);
  });
});

describe("a limit of tokens", () => {
  test("waits until as many have gathered, and lets a request that is over it go with all of them", async () => {
    const clock = clockAt();
    const limit = new RateLimit({ requestsPerMinute: undefined, tokensPerMinute: 600 }, clock);
    expect(await times(limit, clock, [500, 200, 1000, 10])).toEqual([0, 10, 70, 111]);
  });

  test("goes by what the endpoint counted", async () => {
    const clock = clockAt();
    const limit = new RateLimit({ requestsPerMinute: undefined, tokensPerMinute: 600 }, clock);
    await limit.take(600, signal);
    limit.correct(600, 100);
    expect(await times(limit, clock, [500])).toEqual([0]);
  });
});

describe("what the endpoint says", () => {
  test("of requests and tokens that are left holds until the time that it names", async () => {
    const clock = clockAt();
    const limit = new RateLimit({ requestsPerMinute: undefined, tokensPerMinute: undefined }, clock);
    const headers = { "x-ratelimit-remaining-requests": "2", "x-ratelimit-reset-requests": "30s" };
    limit.learn(new Headers(headers));
    expect(await times(limit, clock, [1, 1, 1])).toEqual([0, 0, 30]);
    limit.learn(new Headers({ "x-ratelimit-remaining-tokens": "100", "x-ratelimit-reset-tokens": "1m0.5s" }));
    expect(await times(limit, clock, [90, 90])).toEqual([30, 90.5]);
  });

  test("of a day's quota is left to its refusal", async () => {
    const clock = clockAt();
    const limit = new RateLimit({ requestsPerMinute: undefined, tokensPerMinute: undefined }, clock);
    limit.learn(new Headers({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6h" }));
    expect(await times(limit, clock, [1])).toEqual([0]);
  });

  test("of a pause holds every request back", async () => {
    const clock = clockAt();
    const limit = new RateLimit({ requestsPerMinute: undefined, tokensPerMinute: undefined }, clock);
    limit.close(5000);
    expect(await times(limit, clock, [1, 1])).toEqual([5, 5]);
  });

  test.each<[string | null, number | undefined]>([
    ["6m0s", 360_000],
    ["1.5s", 1500],
    ["12ms", 12],
    ["1h2m", 3_720_000],
    ["20", 20_000],
    ["soon", undefined],
    ["", undefined],
    [null, undefined],
  ])("as %p is %p milliseconds", (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});

describe("requests", () => {
  test("hold neighbouring texts, so many and so long as may be", () => {
    expect(planRequests([1, 1, 1, 1, 1], 2)).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(planRequests([200_000, 200_000, 5, 900_000, 5], 64)).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 3 },
      { from: 3, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(planRequests([], 64)).toEqual([]);
  });
});
