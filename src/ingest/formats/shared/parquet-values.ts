/** Values of Parquet columns, as the file stores them, to the values that JSON has. */
import type { SchemaElement } from "hyparquet";

/** Turns one stored value into one that JSON has. */
export type ToJson = (stored: unknown) => unknown;

/** Decimals of more digits are strings: a number would change them. */
const EXACT_DIGITS = 15;
const JULIAN_EPOCH_DAYS = 2_440_588n;
const NANOS_PER_DAY = 86_400_000_000_000n;

const loose = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * How values of a column become JSON; undefined when they are what JSON has already. Whole numbers beyond 2^53, and
 * decimals of more than 15 digits, become strings; times are ISO 8601; bytes that are no text become Base64.
 */
export function toJsonOf(element: SchemaElement): ToJson | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  const kind = logical?.type ?? converted;
  if (kind === "STRING" || kind === "UTF8" || kind === "ENUM") return (bytes) => loose.decode(bytes as Uint8Array);
  if (kind === "JSON") return (bytes) => parsed(loose.decode(bytes as Uint8Array));
  if (kind === "DECIMAL") return decimal(element);
  if (kind === "DATE") return (days) => isoSeconds(BigInt(days as number) * 86_400n).slice(0, -9);
  if (kind === "UUID") return (bytes) => uuid(bytes as Uint8Array);
  if (kind === "FLOAT16") return (bytes) => float16(bytes as Uint8Array);
  const time = timeOf(element);
  if (time) return time;
  if (type === "INT96") return (value) => isoTime(int96Nanos(value as bigint), 9, "");
  if (type === "INT64") return isUnsigned(element) ? (value) => whole(BigInt.asUintN(64, value as bigint)) : whole;
  if (type === "INT32") return isUnsigned(element) ? (value) => (value as number) >>> 0 : undefined;
  if (type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY") return (bytes) => bytesOrText(bytes as Uint8Array);
  return undefined;
}

/** Whatever a value of a column without a fixed type holds, as JSON has it. */
export function plainValue(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "bigint") return whole(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return bytesOrText(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
}

const isUnsigned = ({ converted_type: converted, logical_type: logical }: SchemaElement) =>
  logical?.type === "INTEGER" ? !logical.isSigned : (converted?.startsWith("UINT_") ?? false);

function whole(value: unknown): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function bytesOrText(bytes: Uint8Array): string {
  try {
    const text = strict.decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Bytes that are no text.
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function decimal({ scale: oldScale, precision: oldPrecision, logical_type: logical }: SchemaElement): ToJson {
  const { scale = 0, precision = 0 } =
    logical?.type === "DECIMAL" ? logical : { scale: oldScale ?? 0, precision: oldPrecision ?? 0 };
  return (stored) => {
    const unscaled = stored instanceof Uint8Array ? signed(stored) : BigInt(stored as number | bigint);
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
    const point = digits.length - scale;
    const text = `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
    return precision <= EXACT_DIGITS ? Number(text) : text;
  };
}

/** A two's complement number, the highest byte first. */
function signed(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function float16(bytes: Uint8Array): number {
  const bits = (bytes[1]! << 8) | bytes[0]!;
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction / 1_024);
}

/** Digits of a second in each unit. */
const UNIT_DIGITS = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const;

function timeOf({ converted_type: converted, logical_type: logical }: SchemaElement): ToJson | undefined {
  const match = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(converted ?? "");
  const [kind, unit, zone] =
    logical?.type === "TIME" || logical?.type === "TIMESTAMP"
      ? [logical.type, logical.unit, logical.isAdjustedToUTC ? "Z" : ""]
      : [match?.[1], match?.[2] as "MILLIS" | "MICROS" | undefined, "Z"];
  if (kind === undefined || unit === undefined) return undefined;
  const digits = UNIT_DIGITS[unit];
  if (kind === "TIME") return (value) => isoTime(BigInt(value as number | bigint), digits, "").slice(11);
  return (value) => isoTime(BigInt(value as number | bigint), digits, zone);
}

/** A time as ISO 8601, its fraction only where there is one; an amount that no date has stays a number. */
function isoTime(value: bigint, digits: number, zone: string): string {
  const units = 10n ** BigInt(digits);
  const fraction = ((value % units) + units) % units;
  const seconds = isoSeconds((value - fraction) / units);
  const shown = fraction === 0n ? "" : `.${String(fraction).padStart(digits, "0").replace(/0+$/, "")}`;
  return seconds.includes("T") ? `${seconds}${shown}${zone}` : String(value);
}

function isoSeconds(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1_000);
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().slice(0, -5);
}

/** Spark's old timestamps: nanoseconds of the day, then the Julian day. */
const int96Nanos = (value: bigint) => ((value >> 64n) - JULIAN_EPOCH_DAYS) * NANOS_PER_DAY + BigInt.asUintN(64, value);
