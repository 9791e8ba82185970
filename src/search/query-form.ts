/** What kind of query it is: names that stand in the text as they are, or words about something. */

/** A name of code or a code of errors: inner capitals, digits among letters, `_`, `::`, `()`, a path, or `E-41`. */
const NAME =
  /^(?=.*\p{L})(?:.*[\p{L}\p{N}][_/\\][\p{L}\p{N}].*|_+[\p{L}\p{N}_]+|[\p{L}_][\p{L}\p{N}_]*(?:::|\.)[\p{L}_].*|.*\(\)|\p{Ll}+\p{Lu}.*|\p{Lu}\p{Ll}+\p{Lu}.*|\p{L}+[-_]?\p{N}+\p{L}*|\p{Lu}+[-_]\p{Lu}+.*)$/u;

export type QueryForm = "name" | "words";

/** A query is a name when each of its words is one, or when it is in quotation marks. */
export function queryForm(query: string): QueryForm {
  const trimmed = query.trim();
  if (/^"[^"]+"$/.test(trimmed)) return "name";
  return trimmed.split(/\s+/).every((word) => NAME.test(word)) ? "name" : "words";
}

/** Weight of the vector leg when nobody sets one: a name is found by its letters. */
export const ALPHA: Readonly<Record<QueryForm, number>> = { name: 0.2, words: 0.5 };
