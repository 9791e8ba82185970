/** Values of flags that are no settings: numbers, sizes, one of several words. */
import { BYTE_UNITS } from "../config/values.ts";
import { UsageError } from "../core/errors.ts";
import type { Context } from "./context.ts";

export interface NumberLimits {
  min?: number;
  max?: number;
}

/** The whole number of a flag, undefined where it was not given. @throws UsageError */
export function wholeNumber(context: Context, flag: string, { min = 1, max = 2 ** 31 - 1 }: NumberLimits = {}) {
  const text = context.value(flag);
  if (text === undefined) return undefined;
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${flag} ${text} is not a whole number from ${min} to ${max}`);
}

/** Bytes of a size such as `500MB`, undefined where the flag was not given. @throws UsageError */
export function byteSize(context: Context, flag: string): number | undefined {
  const text = context.value(flag);
  if (text === undefined) return undefined;
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const scale = unit === "" ? 1 : BYTE_UNITS[unit.toLowerCase()];
  const value = Math.round(Number(digits) * (scale ?? Number.NaN));
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw new UsageError(`--${flag} ${text} is not a size`, "write it as 500MB or 5GiB");
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  min: 6e4,
  h: 36e5,
  d: 864e5,
  w: 6048e5,
};

/** Milliseconds of a text such as `250ms`, `1.5s` or `2h`; undefined for another. */
function millisecondsOf(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-zµ]+)$/i.exec(text.trim()) ?? [];
  const scale = DURATION_UNITS[unit.toLowerCase()];
  return scale === undefined ? undefined : Number(digits) * scale;
}

/** Milliseconds of a duration such as `250ms` or `1.5s`, undefined where the flag was not given. @throws UsageError */
export function duration(context: Context, flag: string): number | undefined {
  const text = context.value(flag);
  if (text === undefined) return undefined;
  const value = millisecondsOf(text);
  if (value !== undefined) return value;
  throw new UsageError(`--${flag} ${text} is not a duration`, "write it as 250ms, 1.5s or 2m");
}

/**
 * Milliseconds since the epoch of a date, a time, or a span before now such as `24h`; undefined where the flag was not
 * given. Without a zone, UTC is meant. @throws UsageError
 */
export function moment(context: Context, flag: string): number | undefined {
  const text = context.value(flag)?.trim();
  if (text === undefined) return undefined;
  const span = millisecondsOf(text);
  if (span !== undefined) return Date.now() - span;
  const zoned = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/.test(text) && !/(?:z|[+-]\d\d:?\d\d)$/i.test(text);
  const value = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned ? `${text.replace(" ", "T")}Z` : text) : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new UsageError(`--${flag} ${text} is not a time`, "write it as 2026-01-31, 2026-01-31 12:00 (UTC) or 24h");
}

/** One of the words that a flag takes, undefined where it was not given. @throws UsageError */
export function oneOf<T extends string>(context: Context, flag: string, words: readonly T[]): T | undefined {
  const text = context.value(flag);
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${flag} ${text} is not known`, `it is one of: ${words.join(", ")}`);
}

/** The engines of `--type`, which may be repeated and holds several by commas. */
export function typesOf(context: Context): string[] {
  return context.values("type").flatMap((value) => value.split(",").map((word) => word.trim()));
}
