/** How long to wait before a request that failed for a time is made again. */

export const MAX_ATTEMPTS = 6;
/** A server that asks for a longer pause is taken at its word: the run ends and says so. */
export const MAX_PAUSE_MS = 120_000;

const FIRST_PAUSE_MS = 500;

/**
 * Milliseconds before attempt `attempt + 1`: twice as long each time, of that between a half and the whole by `seed`;
 * at least what the server asked for.
 */
export function pauseBefore(attempt: number, seed: number, asked = 0): number {
  const whole = FIRST_PAUSE_MS * 2 ** (attempt - 1);
  return Math.max(asked, Math.round(whole * (0.5 + chance(seed, attempt) / 2)));
}

/** A number from 0 to 1 that looks random, always the same for the same seed and attempt. */
function chance(seed: number, attempt: number): number {
  let x = Math.imul(seed ^ Math.imul(attempt, 0x9e3779b9), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
