/** Tables of other mappers than that of documents: their own columns, filters over them, and the old table beside. */
import { describe, expect, test } from "bun:test";
import code from "../../src/store/mappers/code.ts";
import { mappers } from "../../src/store/mappers/index.ts";
import sql from "../../src/store/mappers/sql.ts";
import { fromTable, toTable } from "../../src/store/records.ts";
import { columnsOf } from "../../src/store/schema.ts";
import { openStore } from "../../src/store/store.ts";
import { DIMENSION, description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const STATEMENTS = [
  record("log#row=1", "select * from users where id = ?", {
    fields: {
      fingerprint: "00000000000000a1",
      statement_type: "select",
      tables: ["users"],
      columns: ["id"],
      users: ["web"],
      databases: [],
      calls: 3,
      total_ms: 812.5,
      max_ms: 400.25,
      first_time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      last_time: Date.UTC(2026, 0, 3),
    },
  }),
  record("log#row=2", "delete from orders where user_id = ?", {
    fields: { statement_type: "delete", tables: ["orders", "users"], calls: 1, total_ms: 2 },
  }),
];

describe("the columns of a mapper", () => {
  test("come back as they were given; those without a value as empty text, empty list, 0, or null where that is allowed", () => {
    const table = toTable(sql, STATEMENTS, unitVectors(2), DIMENSION);
    expect(fromTable(sql, table)).toEqual([
      STATEMENTS[0]!,
      {
        ...STATEMENTS[1]!,
        fields: {
          fingerprint: "",
          statement_type: "delete",
          tables: ["orders", "users"],
          columns: [],
          users: [],
          databases: [],
          calls: 1,
          total_ms: 2,
          max_ms: 0,
          first_time: null,
          last_time: null,
        },
      },
    ]);
  });

  test.each(mappers.names)("of %s have other names than those that every table has", async (name) => {
    const names = columnsOf(await mappers.load(name)).map((column) => column.name);
    expect(names).toEqual([...new Set(names)]);
  });

  test("decide whether a row has changed", async () => {
    using folder = temporaryFolder();
    await using store = await openStore({
      dir: folder.path,
      settings: settings(),
      table: "code",
      mapper: code,
      embedder: description(),
    });
    const put = (signature: string) =>
      store.commit([record("a.ts", "one", { fields: { signature } })], unitVectors(1), ["a.ts"]);
    expect(await put("f()")).toEqual({ inserted: 1, updated: 0, deleted: 0 });
    expect(await put("f()")).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    expect(await put("f(x)")).toEqual({ inserted: 0, updated: 1, deleted: 0 });
  });
});

describe("a table of statements", () => {
  test("is filtered by its own columns in both legs, and stands beside that of documents", async () => {
    using folder = temporaryFolder();
    const options = { dir: folder.path, settings: settings(), embedder: description() };
    await using documents = await openStore(options);
    await documents.commit([record("a.md", "users and orders")], unitVectors(1), ["a.md"]);
    await using store = await openStore({ ...options, table: "sql", mapper: sql });
    expect(store.exists).toBe(false);
    await store.commit(
      STATEMENTS,
      unitVectors(2),
      STATEMENTS.map(({ doc }) => doc),
    );
    expect((await store.maintain(true)).problems).toEqual([]);
    const snapshot = (await store.snapshot())!;
    const vector = unitVectors(1);
    const found = async (filter: string) => {
      const legs = [
        snapshot.vectorSearch({ vector, limit: 10, filter }),
        snapshot.textSearch({ query: "user id", limit: 10, filter }),
      ];
      const ids = (await Promise.all(legs)).map((leg) => leg.map(({ id }) => id));
      expect(ids[0]).toEqual(ids[1]!);
      return STATEMENTS.filter(({ id }) => ids[0]!.includes(id)).map(({ doc }) => doc);
    };
    expect(await found("total_ms >= 250.0")).toEqual(["log#row=1"]);
    expect(await found("array_has(tables, 'orders')")).toEqual(["log#row=2"]);
    expect(await found("array_has(users, 'web')")).toEqual(["log#row=1"]);
    expect(await found("last_time >= timestamp '2026-01-02 00:00:00'")).toEqual(["log#row=1"]);
    expect((await store.status()).rows).toBe(2);
    expect((await documents.status()).rows).toBe(1);
    await expect(found("signature = 'x'")).rejects.toThrow('unknown column "signature"');
  });

  test("is refused by another mapper, with the columns that it lacks", async () => {
    using folder = temporaryFolder();
    const options = { dir: folder.path, settings: settings(), embedder: description(), table: "x" };
    await using store = await openStore({ ...options, mapper: code });
    await store.commit([record("a.ts", "one")], unitVectors(1), ["a.ts"]);
    await expect(openStore({ ...options, mapper: sql })).rejects.toMatchObject({
      code: "store-columns",
      message: expect.stringContaining("fingerprint"),
    });
  });
});
