/** Text from a flag, a variable or the file, turned into the type that its field has. */
import type { ValueShape } from "./fields.ts";

export const BYTE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
};
const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, min: 60e3, h: 3600e3 };

/** What a field takes, for people: `10MB`, `true or false`, `hybrid, vector or text`. */
export function expectedText(field: ValueShape): string {
  if (field.choices) return orList(field.choices);
  if (field.unit === "bytes") return "a size such as 500000, 10MB or 64MiB";
  if (field.unit === "ms") return "a time such as 500, 500ms or 30s";
  if (field.type === "boolean") return "true or false";
  if (field.type === "integer") return "a whole number";
  if (field.type === "number") return "a number";
  if (field.itemChoices) return `a list of ${orList(field.itemChoices)}`;
  if (field.type === "array") return field.numericItems ? "a list of numbers" : "a list";
  return "text";
}

/**
 * The value of a field from its text. A text that is not of the field's type comes back as it is: the schema then
 * refuses it together with every other problem.
 */
export function fromText(field: ValueShape, text: string): unknown {
  if (field.type === "boolean") return BOOLEANS[text.toLowerCase()] ?? text;
  if (field.type === "array") return text === "" ? [] : text.split(",").map((item) => itemFrom(field, item.trim()));
  if (field.type === "string") return text;
  return numberFrom(field, text) ?? text;
}

/** A value of the file: as YAML gave it, but "10MB" and "30s" are numbers too. */
export function fromFile(field: ValueShape, value: unknown): unknown {
  return typeof value === "string" && field.unit ? (numberFrom(field, value) ?? value) : value;
}

function itemFrom(field: ValueShape, text: string): unknown {
  return field.numericItems ? (numberFrom(field, text) ?? text) : text;
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false };

function numberFrom(field: ValueShape, text: string): number | undefined {
  const match = /^\s*([+-]?(?:\d[\d_]*)?\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  if (!match) return undefined;
  const amount = Number(match[1]!.replaceAll("_", ""));
  const unit = match[2]!.toLowerCase();
  if (unit === "") return amount;
  const scale = (field.unit === "bytes" ? BYTE_UNITS : field.unit === "ms" ? TIME_UNITS : {})[unit];
  return scale === undefined ? undefined : Math.round(amount * scale);
}

function orList(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
