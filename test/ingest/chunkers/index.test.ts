/** Goal: the registry, the folder and the kinds agree. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { chunkerFor, chunkers } from "../../../src/ingest/chunkers/index.ts";
import { formats } from "../../../src/ingest/formats/index.ts";

const folder = join(import.meta.dir, "../../../src/ingest/chunkers");
const notChunkers = ["chunker.ts", "index.ts", "passage.ts"];

test("every file of the folder is a registered chunker of that name", async () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !notChunkers.includes(name));
  expect(files.map((name) => name.replace(".ts", "")).sort()).toEqual([...chunkers.names].sort());
  for (const name of chunkers.names) expect((await chunkers.load(name)).name).toBe(name);
});

test.each([
  ["markdown", "markdown"],
  ["html", "markdown"],
  ["csv", "rows"],
  ["jsonl", "rows"],
  ["text", "titled"],
  ["rst", "titled"],
  ["pdf", "markdown"],
  ["org", "markdown"],
  ["tex", "markdown"],
  ["ipynb", "markdown"],
  ["asciidoc", "titled"],
  ["yaml", "keys"],
  ["toml", "keys"],
  ["log", "entries"],
  ["code", "code"],
  ["constructor", "text"],
])("documents of kind %s take the chunker %s", (kind, name) => {
  expect(chunkerFor(kind)).toBe(name);
});

test("every format's documents have a chunker that exists", () => {
  for (const kind of formats.names) expect(chunkers.has(chunkerFor(kind))).toBe(true);
});
