/** Several processes on one table: no row twice, none lost, and readers that see one version. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openStore } from "../../src/store/store.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const WRITER = join(import.meta.dir, "writer-process.ts");

async function writers(count: number, dir: string, rounds: number): Promise<void> {
  const processes = Array.from({ length: count }, () =>
    Bun.spawn([process.execPath, WRITER, dir, String(rounds)], { stdout: "pipe", stderr: "pipe" }),
  );
  for (const child of processes) {
    expect({ exit: await child.exited, stderr: await new Response(child.stderr).text() }).toEqual({
      exit: 0,
      stderr: "",
    });
  }
}

describe("four processes that write the same documents", () => {
  test("leave each row once, also when all of them have to create the table", async () => {
    using folder = temporaryFolder();
    await writers(4, folder.path, 2);
    await using store = await openStore({ dir: folder.path, settings: settings() });
    const rows = await store.rowsOfDocs(Array.from({ length: 60 }, (_, i) => `doc${i}`));
    expect(new Set(rows.map(({ doc }) => doc)).size).toBe(60);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect((await store.status()).rows).toBe(60);
  }, 300_000);

  test("leave each row once when the table has an index on its ids", async () => {
    using folder = temporaryFolder();
    {
      await using store = await openStore({ dir: folder.path, settings: settings(), embedder: description() });
      const records = Array.from({ length: 300 }, (_, i) => record(`other${i}`, `other ${i}`));
      await store.commit(
        records,
        unitVectors(300),
        records.map(({ doc }) => doc),
      );
      expect((await store.maintain(true)).problems).toEqual([]);
    }
    await writers(4, folder.path, 2);
    await using store = await openStore({ dir: folder.path, settings: settings() });
    expect((await store.status()).rows).toBe(360);
  }, 300_000);
});

describe("a reader while another process writes", () => {
  test("keeps its version: both legs and the records are of one state", async () => {
    using folder = temporaryFolder();
    const open = () => openStore({ dir: folder.path, settings: settings(), embedder: description() });
    await using writer = await open();
    const vectors = unitVectors(1);
    await writer.commit([record("a.md", "old fox")], vectors, ["a.md"]);

    await using reader = await open();
    const before = (await reader.snapshot())!;
    await writer.commit([record("a.md", "new bear")], vectors, ["a.md"]);
    await writer.maintain(true);

    const old = await before.textSearch({ query: "fox bear", limit: 10 });
    expect([...(await before.records(old)).values()].map(({ text }) => text)).toEqual(["old fox"]);
    const nearest = await before.vectorSearch({ vector: vectors, limit: 10 });
    expect([...(await before.records(nearest)).values()].map(({ text }) => text)).toEqual(["old fox"]);

    const after = (await reader.snapshot())!;
    expect(after.version).toBeGreaterThan(before.version);
    const found = await after.textSearch({ query: "fox bear", limit: 10 });
    expect([...(await after.records(found)).values()].map(({ text }) => text)).toEqual(["new bear"]);
  });

  test("never sees half a commit, and neither is disturbed by maintenance", async () => {
    using folder = temporaryFolder();
    await using store = await openStore({ dir: folder.path, settings: settings(), embedder: description() });
    await store.commit([record("doc0", "passage 0")], unitVectors(1), ["doc0"]);
    let looks = 0;
    // Until enough was seen, however quick the writers are beside a reader that has just begun.
    const write = async (): Promise<void> => {
      await writers(1, folder.path, 6);
      if (looks < 3) await write();
    };
    let done = false;
    const writing = write().finally(() => {
      done = true;
    });
    for (; !done; looks++) {
      const view = (await store.snapshot())!;
      const [byWords, byVector] = await Promise.all([
        view.textSearch({ query: "passage", limit: 1000 }),
        view.vectorSearch({ vector: unitVectors(1), limit: 1000 }),
      ]);
      expect(byWords.map(({ id }) => id).sort()).toEqual(byVector.map(({ id }) => id).sort());
      const docs = [...(await view.records(byWords)).values()].map(({ doc }) => doc);
      expect(new Set(docs).size).toBe(docs.length);
      expect(docs.length === 1 || docs.length % 20 === 0).toBe(true);
      expect((await store.maintain(looks % 3 === 0)).problems).toEqual([]);
    }
    await writing;
    expect(looks).toBeGreaterThanOrEqual(3);
    expect((await store.status()).rows).toBe(60);
  }, 300_000);

  test("finds a table that was created after it was opened", async () => {
    using folder = temporaryFolder();
    await using reader = await openStore({ dir: folder.path, settings: settings() });
    expect(await reader.snapshot()).toBeNull();
    await using writer = await openStore({ dir: folder.path, settings: settings(), embedder: description() });
    await writer.commit([record("a.md", "fox")], unitVectors(1), ["a.md"]);
    expect((await reader.snapshot())?.rows).toBe(1);
  });
});
