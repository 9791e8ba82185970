/** Filters: SQL conditions that people write over the columns. */
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import { plainMessage } from "./errors.ts";
import { FILTER_COLUMNS } from "./schema.ts";

/**
 * The condition in brackets. LanceDB's parser stops at the end of the first complete condition and ignores the rest
 * (`lang = 'en' title = 'x'` would mean `lang = 'en'`); in brackets the rest is an error.
 */
export function bracketed(filter: string): string {
  if (filter.trim() === "") {
    throw new UsageError("the filter is empty", `write a condition over: ${FILTER_COLUMNS.join(", ")}`);
  }
  return `(${filter})`;
}

/** The usage error for a filter that LanceDB refused. */
export function filterError(filter: string, error: unknown): UsageError {
  const columns = `columns: ${FILTER_COLUMNS.join(", ")}`;
  const text = plainMessage(error);
  const unknown = /No (?:field|column) named "?([^".\s]+)"?/i.exec(text)?.[1];
  if (unknown !== undefined) {
    const near = closest(unknown, FILTER_COLUMNS);
    return new UsageError(
      `unknown column "${unknown}" in the filter: ${filter}`,
      `${near ? `did you mean "${near}"? ` : ""}${columns}`,
    );
  }
  if (/Timestamp/.test(text) && /literal/.test(text)) {
    return new UsageError(
      `the filter compares a time with text: ${filter}`,
      "write times as: mtime > timestamp '2026-01-31 12:00:00'",
    );
  }
  return new UsageError(
    `the filter is not understood: ${filter}\n${text}`,
    `example: lang = 'en' AND path LIKE 'docs/%'; ${columns}`,
  );
}
