/** SQL statements and the logs of databases: one passage per statement, with its tables, calls and times in columns. */
import type { EngineKind } from "./engine.ts";

const sql: EngineKind = {
  name: "sql",
  aliases: ["statements"],
  formats: ["sql", "pg-log", "mysql-slow", "sqlite-trace"],
  mapper: "sql",
  model: "bigcode/starencoder",
  presets: { overlapTokens: 0 },
};

export default sql;
