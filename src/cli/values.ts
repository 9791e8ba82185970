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

/** One of the words that a flag takes, undefined where it was not given. @throws UsageError */
export function oneOf<T extends string>(context: Context, flag: string, words: readonly T[]): T | undefined {
  const text = context.value(flag);
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${flag} ${text} is not known`, `it is one of: ${words.join(", ")}`);
}
