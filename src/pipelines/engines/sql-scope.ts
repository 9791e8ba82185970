/** Which statements a search is about, known before a vector is looked at: what was run when, by whom, how slowly, on what. */
import { MdpError } from "../../core/errors.ts";
import type { SearchTable } from "../../search/search.ts";
import { isIn, literal } from "../../store/sql.ts";
import { type CallFilter, type CallTotals, callKey, callsTable, StatementCalls } from "../../store/statement-calls.ts";
import type { Engine } from "./engine.ts";
import { isShape } from "./sql-gather.ts";

export interface StatementFilter extends CallFilter {
  /** Any of these; a name without a schema means the table in every schema. */
  tables?: readonly string[];
}

export interface Scope {
  /** Condition over the table of shapes; undefined lets all through, null nothing. */
  condition: string | undefined | null;
  /** Sums over the executions that count, by `callKey`; undefined when all do. */
  totals: Map<bigint, CallTotals> | undefined;
}

export function isFilter(filter: StatementFilter | undefined): filter is StatementFilter {
  return filter !== undefined && Object.values(filter).some((value) => value !== undefined);
}

/** Finds the statements of a filter: executions first, by their own table, then the shapes that they are of. */
export async function scopeOf(
  dir: string,
  engine: Pick<Engine, "table">,
  { store }: Pick<SearchTable, "store">,
  filter: StatementFilter,
): Promise<Scope> {
  const { tables, ...ofCalls } = filter;
  const snapshot = await store.snapshot();
  if (!snapshot) return { condition: null, totals: undefined };
  const touches = tables?.length ? touching(tables, await snapshot.labels("tables")) : undefined;
  if (touches === null) return { condition: null, totals: undefined };
  if (!isFilter(ofCalls)) return { condition: touches, totals: undefined };

  await using calls = new StatementCalls({ dir, table: engine.table });
  const docs = await snapshot.docs(touches);
  if (!calls.exists && docs.some(isShape)) throw lost(dir, engine.table);
  const totals = await calls.totals(ofCalls);
  const within = docs.filter((doc) => totals.has(callKey(doc)));
  if (within.length === 0) return { condition: null, totals };
  if (within.length === docs.length) return { condition: touches, totals };
  // The shorter list is named: one costs as much time as it is long.
  const without = docs.filter((doc) => !totals.has(callKey(doc)));
  const listed = without.length < within.length ? `NOT (${isIn("doc", without)})` : isIn("doc", within);
  return { condition: touches === undefined ? listed : `${touches} AND ${listed}`, totals };
}

/** A table without executions would let no statement through, and say nothing of it. */
function lost(dir: string, table: string): MdpError {
  return new MdpError({
    code: "executions-missing",
    message: `the table of executions "${callsTable(table)}" is gone, so that none can be chosen by time or user`,
    where: dir,
    hint: "move the .mdp folder away and ingest again",
  });
}

/** The condition for statements that touch one of some tables; null when no statement does. */
function touching(wanted: readonly string[], present: ReadonlySet<string>): string | null {
  const names = [...present].filter((name) => wanted.some((word) => isTable(word.toLowerCase(), name.toLowerCase())));
  if (names.length === 0) return null;
  return `(${names
    .sort()
    .map((name) => `array_has(tables, ${literal(name)})`)
    .join(" OR ")})`;
}

function isTable(wanted: string, name: string): boolean {
  return name === wanted || name.endsWith(`.${wanted}`);
}
