/** SQL text for LanceDB's filters. */

/** A string literal. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** `column IN (…)`. */
export function isIn(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map(literal).join(", ")})`;
}

/** Consecutive slices of at most `size` values. */
export function* slices<T>(values: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size);
}
