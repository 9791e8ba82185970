/** SQL statements and the logs of databases: one passage per shape of a statement, its executions in a table beside it. */
import type { EngineKind } from "./engine.ts";
import { StatementGatherer } from "./sql-gather.ts";

const sql: EngineKind = {
  name: "sql",
  version: 1,
  aliases: ["statements"],
  formats: ["sql", "pg-log", "mysql-slow", "sqlite-trace", "sql-jsonl"],
  mapper: "sql",
  model: "bigcode/starencoder",
  // Statements share few words with questions about them, and those few (`orders`, `count`) with many others.
  alpha: { words: 0.8 },
  presets: { overlapTokens: 0 },
  gather: (context) => new StatementGatherer(context),
};

export default sql;
