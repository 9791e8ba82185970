/** Goal: no damage to a file of any format crashes, hangs or fills its reader; each comes to documents or named rejects. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formats } from "../../src/ingest/formats/index.ts";
import { openReaderPool, type ReaderPool } from "../../src/ingest/read.ts";
import { fuzz } from "../support/fuzz.ts";

setDefaultTimeout(300_000);

const COUNT = 200;

let folder = "";
let pool: ReaderPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mdp-fuzz-"));
  pool = openReaderPool({ concurrency: 1, readTimeoutMs: 5_000, readMemoryBytes: 1_500_000_000 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test.each(formats.names)("%s: 200 damaged files are read or refused by name", async (name) => {
  const { documents, rejects, failures } = await fuzz(name, { count: COUNT, folder, pool });
  expect(failures).toEqual([]);
  expect(documents + rejects).toBeGreaterThan(0);
});

/** Found by `bench/fuzz.ts` among 10,000 of each format: circles of sectors, billions of properties. */
test.each([
  ["doc", 490],
  ["doc", 3_530],
  ["doc", 5_991],
  ["xls", 637],
  ["xls", 9_592],
  ["xls", 9_949],
])("%s: the damaged file %d, which held its reader for ever, is read or refused", async (name, seed) => {
  const { failures } = await fuzz(name, { count: 1, first: seed, folder, pool });
  expect(failures).toEqual([]);
});
