/** Columns of SQL statements: one row per file and fingerprint. */
import type { Mapper } from "./mapper.ts";

const sql: Mapper = {
  name: "sql",
  wordsWeight: 0.5,
  columns: [
    /** 16 hex digits over the normalised statement: equal for statements that differ only in literals. */
    { name: "fingerprint", type: "text", index: "btree" },
    /** `select`, `insert`, `update`, `delete`, `create`, … */
    { name: "statement_type", type: "text", index: "bitmap" },
    { name: "tables", type: "texts", index: "labels" },
    { name: "columns", type: "texts", index: "labels" },
    { name: "users", type: "texts", index: "labels" },
    { name: "databases", type: "texts", index: "labels" },
    { name: "calls", type: "integer", index: "btree" },
    /** Milliseconds; 0 when the log does not say. */
    { name: "total_ms", type: "float", index: "btree" },
    { name: "max_ms", type: "float", index: "btree" },
    { name: "first_time", type: "time", nullable: true, index: "btree" },
    { name: "last_time", type: "time", nullable: true, index: "btree" },
  ],
  // A fingerprint that was noted down is found again.
  words: ({ fields }) => (typeof fields?.fingerprint === "string" ? [fields.fingerprint] : []),
};

export default sql;
