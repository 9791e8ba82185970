/** Statements in groups of the same logic, with how often and how long they ran. */

import type { Settings } from "../config/schema.ts";
import { UsageError } from "../core/errors.ts";
import type { Project } from "../core/project.ts";
import { cluster } from "../search/cluster.ts";
import type { StatementFilter } from "./engines/sql-scope.ts";
import { openSearch, type SearchedEngine, type SearchHit } from "./search.ts";

/** One shape of a statement in one file. */
export interface GroupedStatement {
  fingerprint: string;
  text: string;
  type: string;
  tables: readonly string[];
  users: readonly string[];
  databases: readonly string[];
  calls: number;
  totalMs: number;
  maxMs: number;
  /** ISO 8601; null when the log does not say. */
  firstTime: string | null;
  lastTime: string | null;
  path: string;
  startLine: number;
  engine: string;
  /** Rank and score among the hits of a query; null without one. */
  rank: number | null;
  score: number | null;
}

export interface StatementGroup {
  rank: number;
  calls: number;
  totalMs: number;
  meanMs: number;
  maxMs: number;
  firstTime: string | null;
  lastTime: string | null;
  /** Distinct fingerprints. */
  shapes: number;
  users: readonly string[];
  databases: readonly string[];
  tables: readonly string[];
  /** The first is the one the group is named by. */
  statements: readonly GroupedStatement[];
}

export interface GroupsReport {
  /** Null when all statements were looked at. */
  query: string | null;
  /** Cosine from which on two shapes are one group. */
  similarity: number;
  groups: readonly StatementGroup[];
  /** Over everything that was grouped, also beyond the groups that are given. */
  matched: { groups: number; shapes: number; calls: number; totalMs: number };
  engines: readonly SearchedEngine[];
}

export interface GroupsRequest {
  project: Project;
  /** Statements like this; without, those that took the longest. */
  query?: string | undefined;
  settings: Settings;
  types?: readonly string[];
  statements?: StatementFilter | undefined;
  similarity?: number | undefined;
}

/** Shapes of a whole log that are compared by their vectors: the rest ran so little that they hardly matter. */
const MOST_COMPARED = 2_000;
/** Hits that are grouped for each group that is wanted. */
const HITS_PER_GROUP = 10;
const LEAST_HITS = 100;
/**
 * Among statements of one type over the same tables, the default model puts seven of nine pairs that do the same in
 * other words above this, and of 200 shapes of other work one pair, which differs in two of the columns it selects.
 */
const SIMILARITY = 0.93;

/** Groups of statements: those that a query finds, best first, or of all, the longest total time first. */
export async function groupStatements(request: GroupsRequest): Promise<GroupsReport> {
  const { query, similarity = SIMILARITY, ...rest } = request;
  if (similarity <= 0 || similarity > 1)
    throw new UsageError(`a similarity of ${similarity} is not above 0 and at most 1`);
  await using search = await openSearch({ ...rest, settings: settingsFor(query, rest.settings), statementsOnly: true });
  const { k } = search.settings;
  const hits =
    query === undefined
      ? await search.all()
      : (await search.ask(query, { k: Math.max(LEAST_HITS, HITS_PER_GROUP * k) })).hits;
  const statements = hits.map((hit) => ({ id: hit.id, ...statementOf(hit, query !== undefined) }));
  if (query === undefined)
    statements.sort((a, b) => b.totalMs - a.totalMs || b.calls - a.calls || (a.id < b.id ? -1 : 1));
  const vectors = await search.vectorsOf(statements.slice(0, MOST_COMPARED));
  const items = statements.map(({ id, fingerprint, type, tables }) => ({
    key: fingerprint,
    kind: [type, ...tables].join("\n"),
    vector: vectors.get(id) ?? null,
  }));
  const groups = cluster(items, similarity).map((members) => groupOf(members.map((i) => statements[i]!)));
  if (query === undefined) groups.sort((a, b) => b.totalMs - a.totalMs || b.calls - a.calls);
  return {
    query: query ?? null,
    similarity,
    groups: groups.slice(0, k).map((group, i) => ({ rank: i + 1, ...group })),
    matched: {
      groups: groups.length,
      shapes: new Set(statements.map(({ fingerprint }) => fingerprint)).size,
      calls: sum(statements.map(({ calls }) => calls)),
      totalMs: sum(statements.map(({ totalMs }) => totalMs)),
    },
    engines: search.engines,
  };
}

/** Without a query, no model is needed. */
function settingsFor(query: string | undefined, settings: Settings): Settings {
  return query === undefined ? { ...settings, search: { ...settings.search, mode: "text" } } : settings;
}

function statementOf(hit: SearchHit, ranked: boolean): GroupedStatement {
  const { fields } = hit;
  const number = (name: string) => (typeof fields[name] === "number" ? fields[name] : 0);
  const list = (name: string) => (Array.isArray(fields[name]) ? fields[name] : []);
  const time = (name: string) => (typeof fields[name] === "number" ? new Date(fields[name]).toISOString() : null);
  return {
    fingerprint: String(fields.fingerprint ?? ""),
    text: hit.text,
    type: String(fields.statement_type ?? ""),
    tables: list("tables"),
    users: list("users"),
    databases: list("databases"),
    calls: number("calls"),
    totalMs: number("total_ms"),
    maxMs: number("max_ms"),
    firstTime: time("first_time"),
    lastTime: time("last_time"),
    path: hit.path,
    startLine: hit.startLine,
    engine: hit.engine,
    rank: ranked ? hit.rank : null,
    score: ranked ? hit.score : null,
  };
}

function groupOf(members: readonly (GroupedStatement & { id: string })[]): Omit<StatementGroup, "rank"> {
  const calls = sum(members.map((member) => member.calls));
  const totalMs = sum(members.map((member) => member.totalMs));
  const times = (name: "firstTime" | "lastTime") =>
    members
      .map((member) => member[name])
      .filter((time) => time !== null)
      .sort();
  const all = (name: "users" | "databases" | "tables") =>
    [...new Set(members.flatMap((member) => member[name]))].sort();
  return {
    calls,
    totalMs,
    meanMs: calls === 0 ? 0 : totalMs / calls,
    maxMs: Math.max(...members.map((member) => member.maxMs)),
    firstTime: times("firstTime")[0] ?? null,
    lastTime: times("lastTime").at(-1) ?? null,
    shapes: new Set(members.map(({ fingerprint }) => fingerprint)).size,
    users: all("users"),
    databases: all("databases"),
    tables: all("tables"),
    statements: members.map(({ id: _, ...statement }) => statement),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
