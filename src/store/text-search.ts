/** Rows with a query's words: which columns are looked into, how much each counts, and how large tables are searched. */
import { allInOrder } from "../core/all-in-order.ts";
import { type Arrow, arrow } from "../core/arrow.ts";
import { bareQuery } from "./accents.ts";
import { collect } from "./collect.ts";
import { type LanceDB, lancedb } from "./lancedb.ts";
import { hasUnspaced, queryWords } from "./words.ts";

/**
 * Weights of the full-text columns, by trial on questions about manuals (`bench/README.md`). A passage's own words count
 * in full; the title, headings and path that surround it by less: all passages of a file share them. Parts of
 * identifiers meet everyday words of a question (`get`, `list`) in prose, so there they hardly count.
 */
const WEIGHTS = { text: 1, context: 0.3, words: 0.1 } as const;

/** Weight of a word that is found without its accents; where it is also found with them, this comes on top. */
const BARE = 0.5;

/** Weight of the words column for names, and for scripts without spaces, whose words stand only there. */
const SOUGHT_WORDS = 0.5;

/**
 * Rows above which likely rows are looked for first. Scoring every row with a word takes 0.5 µs a row; below, that is
 * quicker than two searches.
 */
export const LIKELY_ROWS = 400_000;

/**
 * Rows that are taken from each column as likely, and the most hits for which they are enough: for a hundred hits they
 * were in 130 of 134 questions to 800,000 rows, for two hundred in 94 of 100.
 */
const LIKELY = { text: 4000, context: 4000, words: 1000 } as const;
const LIKELY_LIMIT = 200;

/** Sums of the same scores in another order differ by as much. */
const ROUNDING = 1e-5;

/** Words that are looked for in a column. */
export interface TextClause {
  column: keyof typeof WEIGHTS;
  text: string;
  boost: number;
}

export interface TextLimits {
  limit: number;
  /** A condition in LanceDB's SQL. */
  where: string | undefined;
  /** Columns to read of the rows beside their ids. */
  columns?: readonly string[];
}

/**
 * What a query looks for, and where.
 * @param isName the query is a name, and not a question
 * @param wordsWeight weight of the words column for questions, where a table has its own
 */
export function textClauses(query: string, isName = false, wordsWeight: number = WEIGHTS.words): TextClause[] {
  const { marked, plain } = bareQuery(query);
  const asked = `${query.normalize("NFC")} ${plain}`;
  const sought = isName || hasUnspaced(query);
  const clauses: TextClause[] = [
    { column: "text", text: asked, boost: WEIGHTS.text },
    { column: "context", text: asked, boost: WEIGHTS.context },
    { column: "words", text: queryWords(query), boost: sought ? SOUGHT_WORDS : wordsWeight },
  ];
  if (marked !== "") clauses.push({ column: "words", text: marked, boost: BARE });
  return clauses;
}

/**
 * The query that scores every row with a word. A plain match query skips rows by bounds that are wrong in an index that
 * was folded: of 150 queries over 20,000 passages 16 lost some of their ten best hits.
 */
export function textQuery(table: LanceDB.Table, clauses: readonly TextClause[], limits: TextLimits): LanceDB.Query {
  const { BooleanQuery, Occur } = lancedb();
  const should = (clause: TextClause): [LanceDB.Occur, LanceDB.MatchQuery] => [Occur.Should, matchOf(clause)];
  const query = limited(table.query().fullTextSearch(new BooleanQuery(clauses.map(should))), limits);
  return query.select(["id", ...(limits.columns ?? []), "_score"]);
}

/** Whether the rows of a search are those that `findLikely` finds. */
export function findsLikely(rows: number, { limit }: Pick<TextLimits, "limit">): boolean {
  return rows > LIKELY_ROWS && limit <= LIKELY_LIMIT;
}

/**
 * The best rows of a large table as `textQuery` finds them, mostly in a part of its time: LanceDB's pruned search of
 * each column names the rows that may be among them, and only those are scored by all columns. Its wrong bounds cost
 * rows at the end of a list, far behind the hits. Where a row that is in no list might be a hit, every row is scored.
 *
 * @param underWay called once LanceDB's threads search for the likely rows
 */
export async function findLikely(
  table: LanceDB.Table,
  clauses: readonly TextClause[],
  limits: TextLimits,
  underWay: () => void,
): Promise<Arrow.Table> {
  let planned = 0;
  const begun = () => {
    if (++planned === clauses.length) underWay();
  };
  const lists = await allInOrder(
    likelyQueries(table, clauses, limits).map(async ({ query, limit }) => listOf(await collect(query, begun), limit)),
  );
  const rows = likelyRows(lists, limits.limit);
  if (rows.length === 0) return new (arrow().Table)();
  const where = `_rowid IN (${rows.join(", ")})`;
  const found = await textQuery(table, clauses, { ...limits, where }).toArrow();
  const last = found.numRows < limits.limit ? 0 : leastScore(found);
  return last < restOf(lists) ? textQuery(table, clauses, limits).toArrow() : found;
}

/** LanceDB's plans of a search, as text. */
export async function explainText(
  table: LanceDB.Table,
  rows: number,
  clauses: readonly TextClause[],
  limits: TextLimits,
): Promise<string> {
  const scored = await textQuery(table, clauses, limits).explainPlan(true);
  if (!findsLikely(rows, limits)) return scored;
  const plans = await allInOrder(
    likelyQueries(table, clauses, limits).map(
      async ({ query, column }) => `likely rows by ${column}:\n${(await query.explainPlan(true)).trimEnd()}\n`,
    ),
  );
  return `${plans.join("")}of these, or where they may not be enough of all:\n${scored}`;
}

interface LikelyQuery {
  column: string;
  query: LanceDB.Query;
  limit: number;
}

function likelyQueries(table: LanceDB.Table, clauses: readonly TextClause[], { where }: TextLimits): LikelyQuery[] {
  return clauses.map((clause) => {
    const limit = LIKELY[clause.column];
    const query = limited(table.query().fullTextSearch(matchOf(clause)), { limit, where }).select(["_score"]);
    return { column: clause.column, query, limit };
  });
}

function matchOf({ text, column, boost }: TextClause): LanceDB.MatchQuery {
  const { MatchQuery } = lancedb();
  return new MatchQuery(text, column, { boost });
}

function limited(query: LanceDB.Query, { limit, where }: TextLimits): LanceDB.Query {
  return (where === undefined ? query : query.where(where)).withRowId().limit(limit);
}

/** The best rows of one clause. */
export interface RankedRows {
  rows: ArrayLike<bigint>;
  /** Of the rows, in their order. */
  scores: ArrayLike<number>;
  /** Highest score that a row may have which is not in the list. */
  rest: number;
}

function listOf(found: Arrow.Table, limit: number): RankedRows {
  return {
    rows: (found.getChild("_rowid")?.toArray() ?? []) as ArrayLike<bigint>,
    scores: (found.getChild("_score")?.toArray() ?? []) as ArrayLike<number>,
    rest: found.numRows < limit ? 0 : leastScore(found),
  };
}

function leastScore(found: Arrow.Table): number {
  let least = Number.POSITIVE_INFINITY;
  for (const score of found.getChild("_score")!.toArray() as Float32Array) least = Math.min(least, score);
  return least;
}

/** Highest sum that a row may have which is in none of the lists. */
function restOf(lists: readonly RankedRows[]): number {
  return lists.reduce((sum, list) => sum + list.rest, 0);
}

/** Rows of the lists that may be among the `limit` best by the sum of the scores, each once. */
export function likelyRows(lists: readonly RankedRows[], limit: number): bigint[] {
  const rest = restOf(lists);
  /** Least and highest sum that a row may have. */
  const bounds = new Map<bigint, { least: number; most: number }>();
  for (const list of lists) {
    for (let i = 0; i < list.rows.length; i++) {
      const bound = bounds.get(list.rows[i]!) ?? { least: 0, most: rest };
      bound.least += list.scores[i]!;
      bound.most += list.scores[i]! - list.rest;
      bounds.set(list.rows[i]!, bound);
    }
  }
  const sums = Float64Array.from(bounds.values(), ({ least }) => least).sort();
  const needed = (sums[sums.length - limit] ?? 0) * (1 - ROUNDING);
  return [...bounds].filter(([, { most }]) => most >= needed).map(([row]) => row);
}
