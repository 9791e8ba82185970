/** Values of any shape to the flat metadata of a document. */
import type { Metadata } from "../../../core/document.ts";

/** Longest string kept; the rest is in the text, or is no metadata. */
const MAX_CHARS = 1_000;
/** Fields of one document that are kept. */
export const MAX_FIELDS = 100;

/** Strings, numbers, booleans, nulls and lists of strings stay; other values become JSON. */
export function toMetadata(fields: Readonly<Record<string, unknown>>): Metadata {
  const entries = Object.entries(fields).slice(0, MAX_FIELDS);
  return Object.fromEntries(entries.map(([key, value]) => [clean(key), toValue(value)]));
}

function toValue(value: unknown): Metadata[string] {
  if (value === null || value === undefined || typeof value === "boolean") return value ?? null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return clean(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.map(clean);
  return clean(jsonOf(value));
}

/** JSON of a value; nesting deeper than the engine can write is shortened. */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? "[…]" : "{…}";
  }
}

function clean(text: string): string {
  const short = text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
  return short.replaceAll("\0", "").toWellFormed();
}
