/** Filters: SQL conditions that people write over the columns. */
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import { plainMessage } from "./errors.ts";

/** A filter over a column that the table does not have; another engine's table may have it. */
export class UnknownColumnError extends UsageError {
  readonly column: string;

  constructor(column: string, filter: string, columns: readonly string[]) {
    const near = closest(column, columns);
    const guess = near ? `did you mean "${near}"? ` : "";
    super(`unknown column "${column}" in the filter: ${filter}`, `${guess}columns: ${columns.join(", ")}`);
    this.column = column;
  }
}

/**
 * The condition in brackets. LanceDB's parser stops at the end of the first complete condition and ignores the rest
 * (`lang = 'en' title = 'x'` would mean `lang = 'en'`); in brackets the rest is an error.
 */
export function bracketed(filter: string, columns: readonly string[]): string {
  if (filter.trim() === "") {
    throw new UsageError("the filter is empty", `write a condition over: ${columns.join(", ")}`);
  }
  return `(${filter})`;
}

/** The usage error for a filter that LanceDB refused. `columns` may be named in filters. */
export function filterError(filter: string, error: unknown, columns: readonly string[]): UsageError {
  const text = plainMessage(error);
  const unknown = /No (?:field|column) named "?([^".\s]+)"?/i.exec(text)?.[1];
  if (unknown !== undefined) return new UnknownColumnError(unknown, filter, columns);
  if (/Timestamp/.test(text) && /literal/.test(text)) {
    return new UsageError(
      `the filter compares a time with text: ${filter}`,
      "write times as: mtime > timestamp '2026-01-31 12:00:00'",
    );
  }
  return new UsageError(
    `the filter is not understood: ${filter}\n${text}`,
    `example: lang = 'en' AND path LIKE 'docs/%'; columns: ${columns.join(", ")}`,
  );
}
