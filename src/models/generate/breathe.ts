/** Lets signals and output have their turn between tokens, at small cost. */
import { InterruptedError } from "../../core/errors.ts";

/** Longest time without a turn, in milliseconds. */
const EVERY_MS = 20;

let last = 0;

/** @throws InterruptedError when the signal asks for the end */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  const now = performance.now();
  if (now - last >= EVERY_MS) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    last = performance.now();
  }
  if (signal?.aborted) throw new InterruptedError();
}
