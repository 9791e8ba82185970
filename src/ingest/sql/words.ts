/** Words that SQL keeps for itself: written in capitals, and never taken for a column. */

const RESERVED =
  "all alter analyze and any array as asc between both by case cast check collate column commit conflict constraint copy " +
  "create cross current_date current_time current_timestamp current_user database default deferrable delete desc " +
  "describe distinct do drop duplicate else end escape except exists explain extension false fetch filter for foreign " +
  "from full function grant group having if ignore ilike in index inner insert intersect into is isnull join key " +
  "lateral leading left like limit localtime localtimestamp lock locked materialized merge natural not nothing " +
  "notnull null nulls of offset on only or order outer over overlaps partition placing primary procedure recursive " +
  "references regexp release replace returning revoke right rlike rollback row rows savepoint schema select sequence " +
  "session_user set show similar skip some start straight_join symmetric table tablesample temp temporary then to " +
  "trailing transaction trigger true truncate union unique update user using vacuum values view when where window " +
  "with within without begin call deallocate declare execute prepare";

/** Lowercase. */
export const reserved: ReadonlySet<string> = new Set(RESERVED.split(" "));

/** Longest memory of words; a log has a few thousand. */
const MOST_WORDS = 50_000;

/** A word as a normalised statement has it: keywords in capitals, names folded as servers do. */
export class WordCache {
  readonly #words = new Map<string, string>();

  of(word: string): string {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    const lower = word.toLowerCase();
    const folded = reserved.has(lower) ? lower.toUpperCase() : lower;
    if (this.#words.size >= MOST_WORDS) this.#words.clear();
    this.#words.set(word, folded);
    return folded;
  }
}

/** A quoted name as it is written without need of quotes, else in double quotes. */
export function nameOf(quoted: string): string {
  const prefix = /^u&/i.test(quoted) ? 2 : 0;
  const first = quoted[prefix]!;
  const last = first === "[" ? "]" : first;
  const inner = quoted.slice(prefix + 1, quoted.endsWith(last) && quoted.length > prefix + 1 ? -1 : undefined);
  if (/^[a-z_][a-z0-9_$]*$/.test(inner) && !reserved.has(inner)) return inner;
  return `"${inner.replaceAll(last + last, last).replaceAll('"', '""')}"`;
}
