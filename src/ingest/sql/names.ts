/** The names in a statement, sorted into tables, columns and those that the statement makes up itself. */

/** Gathers names as they are met, and tells in the end which of them are columns. */
export class Names {
  readonly #tables = new Set<string>();
  /** Columns where no alias may stand; then those where one may; then those that were named with a table. */
  readonly #columns = new Set<string>();
  readonly #sorted = new Set<string>();
  readonly #qualified: [string, string][] = [];
  /** Tables and their aliases, and the columns of functions: no columns of tables. */
  readonly #relations = new Set<string>();
  /** What a query calls that which it selects. */
  readonly #aliases = new Set<string>();
  /** Names of queries in the statement, by which their aliases are told from columns. */
  readonly #derived = new Set<string>();

  /** A table or view; `parts` are its schema, if it has one, and its name. */
  table(parts: readonly string[]): void {
    this.#tables.add(parts.map(plain).join("."));
  }

  relation(name: string): void {
    this.#relations.add(plain(name));
  }

  derived(name: string): void {
    this.relation(name);
    this.#derived.add(plain(name));
  }

  isDerived(name: string): boolean {
    return this.#derived.has(plain(name));
  }

  alias(name: string): void {
    this.#aliases.add(plain(name));
  }

  /** A column: alone, or behind a table; `sorted` where an alias might be meant. */
  column(parts: readonly string[], sorted: boolean): void {
    const name = plain(parts.at(-1)!);
    if (parts.length > 1) this.#qualified.push([plain(parts.at(-2)!), name]);
    else if (sorted) this.#sorted.add(name);
    else this.#columns.add(name);
  }

  tables(): string[] {
    return [...this.#tables].sort();
  }

  columns(): string[] {
    const columns = new Set(this.#columns);
    for (const name of this.#sorted) if (!this.#aliases.has(name)) columns.add(name);
    for (const [table, name] of this.#qualified) {
      if (!this.#derived.has(table) || !this.#aliases.has(name)) columns.add(name);
    }
    return [...columns].filter((name) => !this.#relations.has(name)).sort();
  }
}

/** A name without its quotes. */
export function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
