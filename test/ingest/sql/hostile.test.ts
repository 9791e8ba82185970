/** Statements made to be slow: work grows with their length, not with its square. */
import { expect, test } from "bun:test";
import { ScriptSplitter } from "../../../src/ingest/formats/shared/sql-split.ts";
import { StatementReader } from "../../../src/ingest/sql/statement.ts";

const many = (part: string, count: number) => part.repeat(count);

/** With a square in the work, each of these takes minutes: the runner's limit tells. */
const HOSTILE: Record<string, string> = {
  brackets: `SELECT ${many("(", 60_000)}a${many(")", 60_000)}`,
  "columns in brackets": `SELECT ${many("(a, ", 60_000)}`,
  "lists in lists": `SELECT a FROM t WHERE ${many("b IN (1, ", 40_000)}`,
  "open DISTINCT ON": `SELECT ${many("DISTINCT ON (", 60_000)}`,
  "open comments": many("/* ", 100_000),
  "dollar tags": Array.from({ length: 60_000 }, (_, i) => `$a${i}$ `).join(""),
  "bodies of a trigger": `CREATE TRIGGER x BEGIN ${many("case ", 60_000)}`,
  casts: `SELECT ${many("CAST(1 AS int) + 2::int + ", 30_000)} 3`,
};

test.each(Object.entries(HOSTILE))(
  "%s are read and cut in time",
  (_, text) => {
    const shape = new StatementReader("postgres").read(text);
    expect(shape === undefined || /^[0-9a-f]{16}$/.test(shape.fingerprint)).toBe(true);
    const splitter = new ScriptSplitter("postgres", 10_000_000);
    let cut = 0;
    for (let at = 0; at < text.length; at += 65_536) cut += [...splitter.push(text.slice(at, at + 65_536))].length;
    cut += [...splitter.push("", true)].length;
    expect(cut).toBeLessThanOrEqual(1);
  },
  10_000,
);
