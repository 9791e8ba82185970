/** Metadata by key and kind, with an error that names the key where it is missing or of another kind. */
import { badGguf, type MetadataValue } from "./format.ts";
import type { GgufFile } from "./read.ts";

export interface Metadata {
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  number(key: string): number | undefined;
  texts(key: string): readonly string[] | undefined;
  numbers(key: string): Float64Array | undefined;
  /** The value of a getter that has to be there. */
  required<T>(key: string, value: T | undefined): T;
}

export function metadataOf({ path, metadata }: Pick<GgufFile, "path" | "metadata">): Metadata {
  const get = <T extends MetadataValue>(key: string, kind: string, is: (value: MetadataValue) => value is T) => {
    const value = metadata.get(key);
    if (value === undefined || is(value)) return value;
    throw badGguf(path, `${key} is not ${kind}`);
  };
  return {
    text: (key) => get(key, "a text", (value) => typeof value === "string"),
    flag: (key) => get(key, "a truth value", (value) => typeof value === "boolean"),
    number: (key) => get(key, "a number", (value) => typeof value === "number"),
    texts: (key) => get(key, "a list of texts", (value): value is readonly string[] => isTexts(value)),
    numbers: (key) => get(key, "a list of numbers", (value) => value instanceof Float64Array),
    required: (key, value) => {
      if (value !== undefined) return value;
      throw badGguf(path, `it has no ${key}`);
    },
  };
}

function isTexts(value: MetadataValue): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
