/** Logs and scripts of SQL: what each execution is said to be. Expected values stand in the fixtures, which real servers wrote. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Document } from "../../../src/core/document.ts";
import { detectFormat } from "../../../src/ingest/formats/index.ts";
import { logTime } from "../../../src/ingest/formats/shared/log-time.ts";
import { dialectOf, ScriptSplitter } from "../../../src/ingest/formats/shared/sql-split.ts";
import { FORMAT_FIXTURES } from "../../contracts/format.ts";
import { readFile } from "../../support/read.ts";

const fixture = async (path: string) => (await readFile(join(FORMAT_FIXTURES, path))).documents;
const texts = (documents: readonly Document[]) => documents.map(({ text }) => text);

async function ofText(text: string, name: string, settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "mdp-statements-"));
  try {
    await Bun.write(join(folder, name), text);
    return await readFile(join(folder, name), settings);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a PostgreSQL log", () => {
  test("is the same statements as csvlog, jsonlog and plain text", async () => {
    const told = (documents: Document[]) =>
      documents.map(({ text, metadata: { line: _, ...rest } }) => ({ text, ...rest }));
    const csv = told(await fixture("pg-log/server.csv"));
    expect(csv.length).toBeGreaterThan(15);
    expect(told(await fixture("pg-log/server.json"))).toEqual(csv);
    expect(told(await fixture("pg-log/stderr.txt"))).toEqual(csv);
  });

  test("tells duration, time, user, database, application and errors; preparing is no execution", async () => {
    const documents = await fixture("pg-log/server.csv");
    expect(documents[0]).toMatchObject({
      text: "INSERT INTO order_items (order_id, sku, quantity, status) VALUES (3397, 'n364', 1, 'new');",
      row: 1,
      segments: [{ start: 0, line: 5 }],
      metadata: {
        duration_ms: 0.821,
        time: "2026-11-25T15:30:07.890Z",
        user: "app",
        database: "shop",
        application: "pgbench",
      },
    });
    const failed = documents.filter(({ metadata }) => metadata.error === "division by zero");
    expect(texts(failed)).toEqual([
      "SELECT 1 / (3818 - 3818) FROM customers LIMIT 1;",
      "SELECT 1 / (2380 - 2380) FROM customers LIMIT 1;",
    ]);
    expect(failed[0]!.metadata.duration_ms).toBeUndefined();
    const prepared = documents.filter(({ metadata }) => metadata.parameters !== undefined);
    expect(prepared.length).toBeGreaterThan(0);
    expect(prepared[0]!.metadata.parameters).toMatch(/^\$1 = '\d+'/);
  });

  test("joins statements of log_statement with the durations that follow, in another zone and behind another prefix", async () => {
    const documents = await fixture("pg-log/all-and-duration.txt");
    expect(
      documents.map(({ text, metadata }) => [text.split("\n")[0], metadata.duration_ms ?? metadata.error]).slice(0, 7),
    ).toEqual([
      ["SELECT id,", 3.085],
      ['SELECT "no such" FROM orders;', 'column "no such" does not exist'],
      ["UPDATE orders SET status = 'paid' WHERE id IN (1, 2, 3);", 0.694],
      ["PREPARE p (bigint) AS SELECT sku FROM products WHERE id = $1;", 0.131],
      ["EXECUTE p(4);", 0.313],
      ["SELECT id, email, credit, status FROM customers WHERE id = $1;", 0.051],
      ["SELECT id, email, credit, status FROM customers WHERE id = $1;", 0.03],
    ]);
    expect(documents[0]!.text).toBe("SELECT id,\n       email  -- the address\nFROM customers\nWHERE id = 7;");
    expect(documents[0]!.metadata).toMatchObject({
      user: "app",
      database: "shop",
      application: "psql",
      time: "2026-11-25T15:48:48.000Z",
    });
  });

  test.each([
    ["%m [%p] ", "2026-01-31 12:00:00.250 UTC [77] ", { time: "2026-01-31T12:00:00.250Z" }],
    ["%t:%r:%u@%d:[%p]:", "2026-01-31 12:00:00 UTC:10.0.0.1(5432):ann@shop:[77]:", { user: "ann", database: "shop" }],
    ["%n %c %q%u@%d ", "1769860800.250 697de8c0.4d ann@shop ", { time: "2026-01-31T12:00:00.250Z", user: "ann" }],
    ["user=%u,db=%d,app=%a ", "user=ann,db=shop,app=web ", { user: "ann", database: "shop", application: "web" }],
    ["", "", {}],
  ])("with the prefix %p gives what it says", async (_, prefix, expected) => {
    const log = `${prefix}LOG:  duration: 12.500 ms  statement: SELECT a\n\tFROM t -- LOG:  no mark\n\tWHERE b = 1\n`;
    const { documents } = await ofText(log, "postgresql.log");
    expect(texts(documents)).toEqual(["SELECT a\nFROM t -- LOG:  no mark\nWHERE b = 1"]);
    expect(documents[0]!.metadata).toMatchObject({ duration_ms: 12.5, ...expected });
  });

  test("keeps sessions apart that write between one another", async () => {
    const at = (pid: number) => `2026-01-31 12:00:00 UTC [${pid}] LOG:  `;
    const log = `${at(1)}statement: SELECT 1\n${at(2)}statement: SELECT 2\n${at(1)}duration: 10 ms\n${at(2)}duration: 20 ms\n`;
    const { documents } = await ofText(log, "postgresql.log");
    expect(documents.map(({ text, metadata }) => [text, metadata.duration_ms])).toEqual([
      ["SELECT 1", 10],
      ["SELECT 2", 20],
    ]);
  });

  test("with a damaged entry loses that one alone", async () => {
    const csv = await Bun.file(join(FORMAT_FIXTURES, "pg-log/server.csv")).text();
    const json = await Bun.file(join(FORMAT_FIXTURES, "pg-log/server.json")).text();
    const whole = (await fixture("pg-log/server.csv")).length;
    const broken = [`${csv}2026-11-25 15:30:09 UTC,"app"\n`, `${json}{"timestamp":"2026\n`];
    for (const [i, text] of broken.entries()) {
      const { documents, rejects } = await ofText(text, i === 0 ? "a.csv" : "a.json");
      expect(documents.length).toBe(whole);
      expect(rejects.map(({ code }) => code)).toEqual(["log-entry"]);
    }
  });
});

describe("a MySQL slow log", () => {
  test("of MariaDB gives statements with database, user, time and duration", async () => {
    const documents = await fixture("mysql-slow/mariadb.txt");
    expect(documents).toHaveLength(12);
    expect(documents[6]).toMatchObject({
      text: "select id, total\nfrom `orders` \nwhere customer = 'z' and id in (1, 2, 3);",
      metadata: {
        duration_ms: 0.374,
        user: "app",
        database: "shop",
        time: "2026-11-25T15:49:18.000Z",
        dialect: "mysql",
      },
    });
    expect(documents[11]!.metadata.database).toBe("archive");
  });

  test("of MySQL 8 holds the database on, and leaves out what is no statement", async () => {
    const documents = await fixture("mysql-slow/mysql8.slowlog");
    expect(
      documents.map(({ text, metadata }) => [
        text.split("\n").length,
        metadata.duration_ms,
        metadata.user,
        metadata.database,
        metadata.time,
      ]),
    ).toEqual([
      [1, 1250, "shop", "shop", "2026-01-31T12:00:00.123Z"],
      [3, 310, "report", "shop", "2026-01-31T12:00:02.750Z"],
    ]);
  });
});

test("a slow log that tells of a time in no calendar keeps the statement, without it", async () => {
  const log =
    "# User@Host: a[a] @ b [c]\n# Query_time: 1.0  Lock_time: 0.0\nSET timestamp=99999999999999999999;\nSELECT 1;\n";
  const { documents, rejects } = await ofText(log, "a.slowlog");
  expect(rejects).toEqual([]);
  expect(texts(documents)).toEqual(["SELECT 1;"]);
  expect(documents[0]!.metadata.time).toBeUndefined();
});

describe("a script", () => {
  test("of pg_dump is its statements, without rows, comments and lines of the client", async () => {
    const documents = await fixture("sql/pg_dump.sql");
    const first = texts(documents).map((text) => text.split(/\s+/, 2).join(" "));
    expect(first).toContain("COPY public.departments");
    expect(first.indexOf("SELECT pg_catalog.setval('public.departments_id_seq',")).toBe(
      first.indexOf("COPY public.departments") + 1,
    );
    expect(texts(documents).some((text) => /^\d|^--|^\\/.test(text))).toBe(false);
  });

  test("of MySQL keeps to its delimiters, strings, comments and database", async () => {
    const documents = await fixture("sql/routines.mysql.sql");
    expect(texts(documents).map((text) => text.slice(0, 14))).toEqual([
      "/*!40101 SET N",
      "DROP TABLE IF ",
      "CREATE TABLE `",
      "CREATE TRIGGER",
      "INSERT INTO `o",
    ]);
    expect(documents[3]!.text).toEndWith("END");
    expect(documents[4]!.metadata).toMatchObject({ database: "shop", dialect: "mysql" });
  });

  test("of SQLite keeps the body of a trigger whole", async () => {
    const documents = await fixture("sql/triggers.sqlite.sql");
    expect(texts(documents).map((text) => text.split(/\s/)[0])).toEqual([
      "PRAGMA",
      "CREATE",
      "CREATE",
      "SELECT",
      "select",
    ]);
    expect(documents[2]!.text).toEndWith("END");
    expect(documents[3]!.segments).toEqual([{ start: 0, line: 7 }]);
  });

  test("of PostgreSQL keeps dollar quotes whole and knows the database", async () => {
    const documents = await fixture("sql/functions.pgsql");
    expect(texts(documents).map((text) => text.slice(0, 8))).toEqual(["CREATE F", "DO $$ BE", "SELECT E"]);
    expect(documents[0]!.metadata.database).toBe("shop");
  });

  test("is cut in the same way, however its bytes arrive", async () => {
    for (const file of ["pg_dump.sql", "routines.mysql.sql", "triggers.sqlite.sql", "functions.pgsql"]) {
      const text = await Bun.file(join(FORMAT_FIXTURES, "sql", file)).text();
      const cut = (size: number) => {
        const splitter = new ScriptSplitter(dialectOf(text), 100_000);
        const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
          text.slice(i * size, (i + 1) * size),
        );
        return [...parts.flatMap((part) => [...splitter.push(part)]), ...splitter.push("", true)];
      };
      const whole = cut(text.length);
      for (const size of [1, 7, 64]) expect(cut(size)).toEqual(whole);
    }
  });

  test("is source code where statements are not asked for", () => {
    const head = Buffer.from("SELECT 1;\n");
    expect(detectFormat(head, "a.sql")).toEqual({ format: "sql" });
    expect(detectFormat(head, "a.sql", false)).toEqual({ format: "code" });
  });

  test("with a statement over the limit refuses it alone", async () => {
    const { documents, rejects } = await ofText(`SELECT 1;\nSELECT '${"x".repeat(400)}';\nSELECT 2;\n`, "a.sql", {
      maxDocumentBytes: 200,
    });
    expect(texts(documents)).toEqual(["SELECT 1", "SELECT 2"]);
    expect(rejects.map(({ code, row }) => [code, row])).toEqual([["document-too-large", 2]]);
  });
});

describe("JSON lines with a map of fields", () => {
  test("are statements", async () => {
    const rows =
      '{"q": "SELECT 1", "took": 1.5, "at": 1769860800, "who": {"name": "ann"}}\n{"q": ""}\n{"q": "SELECT 2"}\n';
    const statementFields = ["statement=q", "duration_s=took", "time=at", "user=who.name"];
    const { documents, rejects } = await ofText(rows, "calls.jsonl", { statementFields });
    expect(texts(documents)).toEqual(["SELECT 1", "SELECT 2"]);
    expect(documents[0]!.metadata).toMatchObject({ duration_ms: 1500, time: "2026-01-31T12:00:00.000Z", user: "ann" });
    expect(rejects.map(({ code, row }) => [code, row])).toEqual([["statement-missing", 2]]);
  });

  test("with a map of no known part are a usage error", async () => {
    expect(
      ofText('{"q": "SELECT 1"}\n{"q": "SELECT 2"}\n', "calls.jsonl", { statementFields: ["text=q"] }),
    ).rejects.toThrow("text=q");
  });

  test("without a map stay rows", async () => {
    const { documents } = await ofText('{"query": "SELECT 1"}\n{"query": "SELECT 2"}\n', "calls.jsonl");
    expect(documents.map(({ kind }) => kind)).toEqual(["jsonl", "jsonl"]);
  });
});

describe("what is no log", () => {
  test.each([
    ["notes.txt", "LOG:  I walked 5 km.\nDETAIL:  it rained.\n"],
    ["table.csv", "2026-01-31 12:00:00,ann,1\n2026-01-31 12:00:01,bob,2\n"],
    ["app.log", "2026-01-31 12:00:00 INFO started\n2026-01-31 12:00:01 ERROR failed\n"],
    ["howto.txt", "# User@Host: is a line of a slow log.\nRead on.\n"],
  ])("%s is not taken for one", (name, text) => {
    expect(detectFormat(Buffer.from(text), name)).not.toMatchObject({
      format: expect.stringMatching(/log|slow|trace/),
    });
  });
});

test.each([
  ["2026-01-31 12:00:00.250 UTC", "2026-01-31T12:00:00.250Z"],
  ["2026-07-01 12:00:00 CEST", "2026-07-01T10:00:00.000Z"],
  ["2026-01-31 12:00:00.5+05:30", "2026-01-31T06:30:00.500Z"],
  ["2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00.123Z"],
  ["2026-01-31 12:00:00 -03", "2026-01-31T15:00:00.000Z"],
])("the time %s", (text, expected) => {
  expect(new Date(logTime(text)!).toISOString()).toBe(expected);
});
