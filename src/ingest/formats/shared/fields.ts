/** Which fields of a row hold its text, its identity and its title: told by the settings, or guessed from a sample. */
import { MdpError } from "../../../core/errors.ts";
import type { Guess, ReadOptions } from "../format.ts";

export type Values = Readonly<Record<string, unknown>>;

export interface Fields extends Guess {
  langField: string | null;
  /** The text field was told, so that a row without it is refused. */
  required: boolean;
}

const TEXT_NAMES = (
  "text content contents body passage document doc markdown article abstract description message comment review " +
  "summary paragraph sentence transcript answer"
).split(" ");
const ID_NAMES = "id _id uuid guid uid doc_id docid document_id pid key url uri".split(" ");
const TITLE_NAMES = "title headline heading subject name question".split(" ");
const LANG_NAMES = "lang language lang_code language_code locale".split(" ");
/** Lowercase names by which a field is known for the text, the id, the title or the language. */
export const namedFields: ReadonlySet<string> = new Set([...TEXT_NAMES, ...ID_NAMES, ...TITLE_NAMES, ...LANG_NAMES]);
/** A field that is no name for text is taken for it from this mean length on. */
const MIN_TEXT_CHARS = 80;

/** Rows that are looked at before the first document is made. */
export const SAMPLE_ROWS = 20;

export function chooseFields(sample: readonly Values[], options: ReadOptions): Fields {
  const names = [...new Set(sample.flatMap((row) => Object.keys(row)))];
  const named = (candidates: readonly string[], fits: (name: string) => boolean) =>
    candidates.map((wanted) => names.find((name) => name.toLowerCase() === wanted && fits(name))).find(Boolean) ?? null;
  const strings = (name: string) => sample.map((row) => row[name]).filter((value) => typeof value === "string");

  const mostlyText = (name: string) => strings(name).filter((value) => value.trim() !== "").length * 2 >= sample.length;
  const textField = options.textField ?? named(TEXT_NAMES, mostlyText) ?? longest(names, strings);
  const identifies = (name: string) => {
    const values = sample.map((row) => scalarOf(row[name]));
    return !values.includes("") && new Set(values).size === values.length;
  };
  const isLanguage = (name: string) => strings(name).some((value) => languageOf(value) !== null);
  return {
    textField,
    idField: options.idField ?? named(ID_NAMES, identifies),
    titleField: named(TITLE_NAMES, (name) => name !== textField && strings(name).length > 0),
    langField: named(LANG_NAMES, isLanguage),
    required: options.textField !== undefined,
  };
}

function longest(names: readonly string[], strings: (name: string) => string[]): string | null {
  let best: string | null = null;
  let bestMean = MIN_TEXT_CHARS;
  for (const name of names) {
    const values = strings(name);
    const mean = values.reduce((total, value) => total + value.length, 0) / Math.max(1, values.length);
    if (mean > bestMean) [best, bestMean] = [name, mean];
  }
  return best;
}

/** A field by its name, or by a path such as `meta.text`. */
export function fieldOf(row: Values, name: string): unknown {
  if (Object.hasOwn(row, name)) return row[name];
  let value: unknown = row;
  for (const part of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Values)[part];
  }
  return value;
}

/** A string or number as text; empty for anything else. */
export function scalarOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : "";
}

/** ISO 639-1 from `en`, `en-US` or `en_US`. */
export function languageOf(value: unknown): string | null {
  return typeof value === "string"
    ? (/^[a-z]{2,3}(?=$|[-_][a-z]{2,4}$)/i.exec(value.trim())?.[0].toLowerCase() ?? null)
    : null;
}

/** A told field that no column has. */
export function missingField(field: string, names: readonly string[], setting: string): MdpError {
  return new MdpError({
    code: "field-missing",
    message: `there is no field "${field}"`,
    hint: `fields: ${names.slice(0, 20).join(", ")}; choose one with ${setting}`,
  });
}
