import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type DialectName, dialects } from "../../../src/ingest/sql/dialect.ts";
import { Normaliser } from "../../../src/ingest/sql/normalise.ts";
import { StatementReader } from "../../../src/ingest/sql/statement.ts";

const normalise = (text: string, dialect: DialectName = "postgres") =>
  new Normaliser(dialects[dialect]).normalise(text);

describe("a normalised statement", () => {
  test.each([
    ["select  a,b from T\n where x=1 -- why", "SELECT a, b FROM t WHERE x = ?"],
    ["SELECT f( x ) , count( * ) FROM s . t", "SELECT f(x), count(*) FROM s.t"],
    ["insert into t(a) values(1),(2),(now()),(3)", "INSERT INTO t(a) VALUES (?), (now())"],
    ["select 1 where a in (select 1)", "SELECT ? WHERE a IN (SELECT ?)"],
    ["update t set a = null where b is not null and c is true", "UPDATE t SET a = ? WHERE b IS NOT NULL AND c IS TRUE"],
    ["create table t (a int not null default null)", "CREATE TABLE t(a int NOT NULL DEFAULT NULL)"],
    ["select 'it''s', E'a\\'b', $x$ ' $x$, U&'\\0041', b'01', x'ff'", "SELECT ?, ?, ?, ?, ?, ?"],
    ["select 'a' 'b'::text", "SELECT ?"],
    ["/* only */ -- comments", ""],
    [";;", ""],
    ["select 'never closed", "SELECT ?"],
    ["select /* a /* nested */ comment */ 1", "SELECT ?"],
    ['select "A b", "plain"', 'SELECT "A b", plain'],
    [
      "select a from t where b in (:x, :y) and c = :z and d = ? and e = $1",
      "SELECT a FROM t WHERE b IN (?) AND c = ? AND d = ? AND e = ?",
    ],
    ["select a from t where b = %s and c = %(name)s and d = @v", "SELECT a FROM t WHERE b = ? AND c = ? AND d = ?"],
    ["select a%2, a % b from t", "SELECT a % ?, a % b FROM t"],
    ["select 1e-5, .5, 0xFF, 1_000", "SELECT ?, ?, ?, ?"],
  ])("%s", (text, expected) => {
    expect(normalise(text)).toBe(expected);
  });

  test("of MySQL has its quotes, comments and escapes", () => {
    const text =
      "SELECT `A`.`b`, \"x\\\"y\", 'a\\'b' FROM `A` # so\n WHERE c = _utf8'z' /*!40101 AND d = 1 */ LIMIT 5, 10";
    expect(normalise(text, "mysql")).toBe('SELECT "A".b, ?, ? FROM "A" WHERE c = ? AND d = ? LIMIT ?, ?');
  });

  test("of SQLite has names in brackets", () => {
    expect(normalise("SELECT [a], [Some name] FROM [t] WHERE x = ?1 AND y = $name", "sqlite")).toBe(
      'SELECT a, "Some name" FROM t WHERE x = ? AND y = ?',
    );
  });

  test("is its own normal form", () => {
    const pieces = fc.constantFrom(
      "SELECT",
      "a",
      '"B c"',
      "1",
      "'x'",
      "(",
      ")",
      ",",
      "IN",
      "FROM",
      "t",
      "=",
      "-",
      "--c\n",
      "::int",
      "AS",
      "VALUES",
      ".",
      "[",
      "]",
      "NULL",
      "$1",
      "/*c*/",
      ";",
      "ARRAY",
      "CAST",
    );
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 14 }), (parts) => {
        const once = normalise(`SELECT ${parts.join(" ")}`);
        expect(normalise(once)).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  test("is found for any text, without an error", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100, unit: "binary" }), (text) => {
        for (const dialect of Object.keys(dialects) as DialectName[]) {
          expect(typeof new StatementReader(dialect).read(text)?.fingerprint).toMatch(/string|undefined/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("a fingerprint", () => {
  test("has 16 hex digits and is the same on every machine", () => {
    expect(new StatementReader("postgres").read("SELECT a FROM t WHERE b = 1")!.fingerprint).toBe("013c920eb4a0e98d");
  });

  test("is the same in all dialects where they mean the same", () => {
    const texts = { generic: '"a"', mysql: "`a`", postgres: '"a"', sqlite: "[a]" } as const;
    const found = Object.entries(texts).map(
      ([dialect, name]) => new StatementReader(dialect as DialectName).read(`select ${name} from t`)!.fingerprint,
    );
    expect(new Set(found).size).toBe(1);
  });
});

describe("what a statement refers to", () => {
  const find = (text: string, dialect: DialectName = "postgres") => {
    const { type, tables, columns } = new StatementReader(dialect).read(text)!;
    return { type, tables, columns };
  };

  test("a column that is also the alias of an expression over it stays a column", () => {
    expect(find("SELECT lower(name) AS name FROM t").columns).toEqual(["name"]);
  });

  test("an alias that is only sorted by is no column", () => {
    expect(find("SELECT date_trunc('day', x) AS day, sum(y) n FROM t GROUP BY day ORDER BY n").columns).toEqual([
      "x",
      "y",
    ]);
  });

  test("MySQL's updates of several tables, REPLACE and ON DUPLICATE KEY", () => {
    expect(find("UPDATE a, b SET a.x = b.y WHERE a.id = b.id", "mysql").tables).toEqual(["a", "b"]);
    expect(find("REPLACE INTO `a` (x) VALUES (1)", "mysql")).toEqual({
      type: "replace",
      tables: ["a"],
      columns: ["x"],
    });
    expect(find("INSERT INTO a (x) VALUES (1) ON DUPLICATE KEY UPDATE x = VALUES(x)", "mysql").tables).toEqual(["a"]);
  });

  test("a statement that was cut off still tells what it tells", () => {
    expect(find("SELECT a FROM t JOIN u ON t.id = u.id WHERE (x = 'unfini").tables).toEqual(["t", "u"]);
  });
});
