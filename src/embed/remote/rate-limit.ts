/** Holds requests back so that an endpoint's limits of requests and tokens in a minute are kept. */
import type { Clock } from "./clock.ts";
import { MAX_PAUSE_MS } from "./retry.ts";

export interface RateLimits {
  requestsPerMinute: number | undefined;
  tokensPerMinute: number | undefined;
}

const MINUTE_MS = 60_000;

/** What may still be taken: fills up evenly, to what a minute brings. */
interface Bucket {
  limit: number;
  level: number;
  filledAt: number;
}

/** What the endpoint last said is left, and when that is renewed. */
interface Told {
  left: number;
  until: number;
}

export class RateLimit {
  readonly #clock: Clock;
  readonly #requests: Bucket | undefined;
  readonly #tokens: Bucket | undefined;
  #toldRequests: Told | undefined;
  #toldTokens: Told | undefined;
  #closedUntil = 0;
  /** Requests go in the order in which they came. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ requestsPerMinute, tokensPerMinute }: RateLimits, clock: Clock) {
    const bucket = (limit: number | undefined) => limit && { limit, level: limit, filledAt: clock.now() };
    this.#clock = clock;
    this.#requests = bucket(requestsPerMinute) || undefined;
    this.#tokens = bucket(tokensPerMinute) || undefined;
  }

  /** Waits until a request of so many tokens may go. @throws what the signal was aborted with */
  take(tokens: number, signal: AbortSignal): Promise<void> {
    const turn = this.#turn.then(async () => {
      for (let wait = this.#waitFor(tokens); wait > 0; wait = this.#waitFor(tokens)) {
        await this.#clock.sleep(Math.ceil(wait), signal);
      }
      if (this.#requests) this.#requests.level -= 1;
      if (this.#tokens) this.#tokens.level -= tokens;
      if (this.#toldRequests) this.#toldRequests.left -= 1;
      if (this.#toldTokens) this.#toldTokens.left -= tokens;
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** The endpoint counted other tokens than were taken for it. */
  correct(taken: number, counted: number): void {
    if (this.#tokens) this.#tokens.level += taken - counted;
  }

  /** No request goes for so long. */
  close(ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.#clock.now() + ms);
  }

  /** Takes notice of the headers `x-ratelimit-remaining-…` and `x-ratelimit-reset-…`. */
  learn(headers: Headers): void {
    this.#toldRequests = this.#told(headers, "requests") ?? this.#toldRequests;
    this.#toldTokens = this.#told(headers, "tokens") ?? this.#toldTokens;
  }

  #told(headers: Headers, what: "requests" | "tokens"): Told | undefined {
    const left = Number(headers.get(`x-ratelimit-remaining-${what}`) ?? Number.NaN);
    const reset = durationMs(headers.get(`x-ratelimit-reset-${what}`));
    // A longer one is that of a day's quota, of which the server itself will say when it is used up.
    if (!Number.isFinite(left) || reset === undefined || reset > MAX_PAUSE_MS) return undefined;
    return { left, until: this.#clock.now() + reset };
  }

  /** Milliseconds until a request may go, as far as is known. */
  #waitFor(tokens: number): number {
    const now = this.#clock.now();
    const untilFull = (bucket: Bucket | undefined, cost: number) => {
      if (!bucket) return 0;
      bucket.level = Math.min(bucket.limit, bucket.level + ((now - bucket.filledAt) * bucket.limit) / MINUTE_MS);
      bucket.filledAt = now;
      // What costs more than a minute brings goes when a whole minute's has gathered.
      return ((Math.min(cost, bucket.limit) - bucket.level) * MINUTE_MS) / bucket.limit;
    };
    const untilTold = (told: Told | undefined, cost: number) => (told && told.left < cost ? told.until - now : 0);
    return Math.max(
      0,
      this.#closedUntil - now,
      untilFull(this.#requests, 1),
      untilFull(this.#tokens, tokens),
      untilTold(this.#toldRequests, 1),
      untilTold(this.#toldTokens, tokens),
    );
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `6m0.5s`, `12ms`, or of plain seconds. */
export function durationMs(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit!]!, 0);
}
