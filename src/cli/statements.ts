/** Flags of `search` that are about SQL statements and their executions. */
import { UsageError } from "../core/errors.ts";
import type { StatementFilter } from "../pipelines/engines/sql-scope.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";
import { duration, moment } from "./values.ts";

export const statementArgs = {
  "min-time": {
    type: "string",
    valueHint: "DURATION",
    description: "SQL: only executions that took this long, e.g. 250ms or 1.5s.",
  },
  since: {
    type: "string",
    valueHint: "TIME",
    description: "SQL: only executions from then on: 2026-01-31, 2026-01-31 12:00 (UTC), or 24h before now.",
  },
  until: { type: "string", valueHint: "TIME", description: "SQL: only executions before that time." },
  table: {
    type: "string",
    several: true,
    valueHint: "NAME",
    description: "SQL: only statements that touch this table; again for another one.",
  },
  user: {
    type: "string",
    several: true,
    valueHint: "NAME",
    description: "SQL: only executions of this database user.",
  },
  database: { type: "string", several: true, valueHint: "NAME", description: "SQL: only executions in this database." },
  cluster: {
    type: "boolean",
    description: "SQL: print groups of equal logic with calls and total time; without a query, of all statements.",
  },
  similarity: {
    type: "string",
    valueHint: "COSINE",
    description: "SQL: how near two shapes are that --cluster puts into one group; 1 groups equal shapes only.",
  },
} as const satisfies Args;

/** What the flags let through; undefined when none was given. @throws UsageError */
export function statementFilter(context: Context): StatementFilter | undefined {
  const among = (flag: string) => {
    const values = context.values(flag);
    return values.length > 0 ? values : undefined;
  };
  const parts = {
    minMs: duration(context, "min-time"),
    sinceMs: moment(context, "since"),
    untilMs: moment(context, "until"),
    tables: among("table"),
    users: among("user"),
    databases: among("database"),
  };
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return given.length > 0 ? (Object.fromEntries(given) as StatementFilter) : undefined;
}

/** @throws UsageError */
export function similarityOf(context: Context): number | undefined {
  const text = context.value("similarity");
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new UsageError(`--similarity ${text} is not above 0 and at most 1`);
}
