/** Time and chance of an endpoint's client, which tests replace. */
import { sleep } from "../../core/pause.ts";

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** @throws what the signal was aborted with */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Distinguishes processes that were refused at the same moment, so that they do not come back at the same moment. */
  seed: number;
}

export const systemClock = (): Clock => ({ now: () => performance.now(), sleep, seed: process.pid });
