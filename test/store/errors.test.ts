/** Faults of the world around the store: each is named, with the next step. */
import { describe, expect, test } from "bun:test";
import { readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainMessage, storeError } from "../../src/store/errors.ts";
import { TABLE } from "../../src/store/schema.ts";
import { openStore } from "../../src/store/store.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

const open = (dir: string) => openStore({ dir, settings: settings(), embedder: description() });

async function filled(dir: string): Promise<string> {
  await using store = await open(dir);
  const records = Array.from({ length: 50 }, (_, i) => record(`${i}.md`, `text ${i}`));
  await store.commit(
    records,
    unitVectors(50),
    records.map(({ doc }) => doc),
  );
  return join(dir, `${TABLE}.lance`);
}

const files = (dir: string) => readdirSync(dir).map((name) => join(dir, name));

async function thrownBy(body: () => Promise<unknown>): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const damaged = { name: "MdpError", code: "store-damaged", hint: expect.stringContaining("ingest again") };

describe("a damaged table", () => {
  test("whose versions are cut short is named when it is opened", async () => {
    using folder = temporaryFolder();
    for (const file of files(join(await filled(folder.path), "_versions"))) truncateSync(file, 10);
    expect(await thrownBy(() => open(folder.path))).toMatchObject({ ...damaged, where: folder.path });
  });

  test("whose data is cut short, overwritten or gone is named when it is read", async () => {
    const faults = [
      (file: string) => truncateSync(file, 100),
      (file: string) => writeFileSync(file, Buffer.alloc(5000, 7)),
      (file: string) => rmSync(file),
    ];
    for (const fault of faults) {
      using folder = temporaryFolder();
      for (const file of files(join(await filled(folder.path), "data"))) fault(file);
      await using store = await open(folder.path);
      expect(await thrownBy(() => store.rowsOfDocs(["1.md"]))).toMatchObject(damaged);
    }
  });

  test("whose indices are gone is named when it is searched", async () => {
    using folder = temporaryFolder();
    rmSync(join(await filled(folder.path), "_indices"), { recursive: true });
    await using store = await open(folder.path);
    const search = async () => (await store.snapshot())!.textSearch({ query: "text", limit: 10 });
    expect(await thrownBy(search)).toMatchObject(damaged);
  });
});

test("a file in the place of the store's folder is named", async () => {
  using folder = temporaryFolder();
  const dir = join(folder.path, "lancedb");
  writeFileSync(dir, "in the way");
  expect(await thrownBy(() => open(dir))).toMatchObject({ code: "store-folder", where: dir });
});

/** Errors as LanceDB 0.31.0 throws them; where a disk can be filled, `test/faults` does it. */
const MESSAGES: readonly [code: string, message: string][] = [
  [
    "disk-full",
    "Failed to execute merge insert: lance error: LanceError(IO): No space left on device (os error 28), /x/writer.rs:319:9",
  ],
  ["disk-full", "lance error: LanceError(IO): File too large (os error 27)"],
  ["store-permission", "Unable to created lance dataset at /data/db: Read-only file system (os error 30)"],
  ["store-permission", "lance error: LanceError(IO): Permission denied (os error 13)"],
  ["too-many-files", "lance error: LanceError(IO): Too many open files (os error 24)"],
  ["store-busy", "lance error: Retryable commit conflict for version 7: preempted by concurrent transaction"],
  [
    "store-busy",
    "lance error: Too many concurrent writers. Attempted 10 times, but failed on retry_timeout of 30.000 seconds.",
  ],
  ["store", "lance error: something that nobody has seen"],
];

describe("an error of LanceDB", () => {
  test("becomes one with a code and a next step", () => {
    for (const [code, message] of MESSAGES) {
      expect(storeError(new Error(message), "/data/db", "writing the table failed")).toMatchObject({
        code,
        where: "/data/db",
        message: expect.stringMatching(/^writing the table failed: /),
        hint: expect.stringMatching(/\w/),
      });
    }
  });

  test("is told without source positions and repeated causes", () => {
    const text =
      "Failed to get next batch from stream: lance error: LanceError(IO): it broke, /usr/x/src/a.rs:1:2  Caused by: LanceError(IO): it broke, /usr/x/src/a.rs:1:2";
    expect(plainMessage(new Error(text))).toBe("it broke");
  });

  test("of our own passes unchanged", () => {
    const own = new TypeError("x is not a function");
    expect(storeError(own, "/data/db", "reading")).toBe(own);
  });
});
