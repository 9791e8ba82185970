/** Reading an item: whatever happens to the file, it is named and nothing is thrown. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import type { Read } from "../../../src/core/document.ts";
import { IngestSettings } from "../../../src/ingest/config.ts";
import text from "../../../src/ingest/formats/text.ts";
import { openReaderPool, type ReaderPool, readItem } from "../../../src/ingest/read.ts";
import { openInput } from "../../../src/ingest/reader/open.ts";
import { rejectOf } from "../../../src/ingest/reader/reject.ts";
import { itemAt, readFile } from "../../support/read.ts";

setDefaultTimeout(300_000);

const settings = v.parse(IngestSettings, {});
let dir = "";
let pool: ReaderPool;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-read-"));
  pool = openReaderPool(settings);
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(dir, name), content);
  return join(dir, name);
}

async function collect(reads: AsyncIterable<Read>): Promise<Read[]> {
  const found: Read[] = [];
  for await (const read of reads) found.push(read);
  return found;
}

describe("a file", () => {
  test("that vanished since it was listed is named", async () => {
    const item = await itemAt(await file("gone.md", "# x"));
    await rm(item.path);
    expect(await collect(readItem(item, settings, { pool }))).toMatchObject([
      { reject: { uri: "gone.md", code: "vanished", hint: expect.stringContaining("run again") } },
    ]);
  });

  test("that became a folder or a FIFO is named, and never waited for", async () => {
    const folder = await itemAt(await file("folder.md", "# x"));
    await rm(folder.path);
    await mkdir(folder.path);
    expect(await collect(readItem(folder, settings, { pool }))).toMatchObject([{ reject: { uri: "folder.md" } }]);
    const fifo = await itemAt(await file("fifo.md", "# x"));
    await rm(fifo.path);
    Bun.spawnSync(["mkfifo", fifo.path]);
    expect(await collect(readItem(fifo, settings, { pool }))).toMatchObject([{ reject: { code: "not-a-file" } }]);
  });

  test("that grows past the limit while it is read is named", async () => {
    const path = await file("grows.txt", "x".repeat(900));
    await using input = await openInput(path, "grows.txt");
    appendFileSync(path, "x".repeat(2_000));
    const reading = collect(text.read(input, { maxDocumentBytes: 1_000 }));
    expect(await reading.catch((error: unknown) => rejectOf("grows.txt", error))).toMatchObject({
      code: "document-too-large",
    });
  });

  test("that shrinks while it is read gives what is left", async () => {
    const path = await file("shrinks.txt", "x".repeat(900));
    await using input = await openInput(path, "shrinks.txt");
    writeFileSync(path, "left");
    expect(await collect(text.read(input, { maxDocumentBytes: 1_000 }))).toMatchObject([
      { document: { text: "left" } },
    ]);
  });

  test("that no format reads is skipped with a reason, and refused when it was named", async () => {
    const path = await file("image.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]));
    const found = await readFile(path, {}, { pool });
    expect(found).toMatchObject({ rejects: [], skips: [{ path: "image.png", reason: "binary", detail: "PNG image" }] });
    const named = await readFile(path, {}, { pool, named: true });
    expect(named.rejects).toMatchObject([{ code: "unsupported-format", reason: expect.stringContaining("PNG image") }]);
  });

  test("is read as the format that was told", async () => {
    const path = await file("table.txt", "id,text\n1,a row\n");
    expect((await readFile(path, { format: "csv" }, { pool })).documents).toMatchObject([
      { kind: "csv", text: "a row" },
    ]);
    await expect(readFile(path, { format: "cvs" }, { pool })).rejects.toThrow('unknown format "cvs"');
  });

  test("that is empty is a document without text", async () => {
    expect((await readFile(await file("empty.md", ""), {}, { pool })).documents).toMatchObject([
      { kind: "markdown", text: "" },
    ]);
  });
});

test("an abort is thrown, with its own reason", async () => {
  const item = await itemAt(await file("rows.jsonl", '{"text":"a"}\n'.repeat(500_000)));
  const stop = new AbortController();
  const reading = (async () => {
    let count = 0;
    for await (const _ of readItem(item, settings, { pool, signal: stop.signal }))
      if (++count === 1_000) stop.abort(new Error("enough"));
  })();
  await expect(reading).rejects.toThrow("enough");
});

test("prose gets its language, code its programming language", async () => {
  const german = "Das Wasser kommt und geht, und niemand fragt es nach dem Grund, weder am Morgen noch am Abend.";
  expect((await readFile(await file("de.txt", german), {}, { pool })).documents[0]!.lang).toBe("de");
  expect((await readFile(await file("short.txt", "too short"), {}, { pool })).documents[0]!.lang).toBeNull();
  expect((await readFile(await file("a.rs", "fn main() {}\n"), {}, { pool })).documents[0]!.lang).toBe("rust");
});
