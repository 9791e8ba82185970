/**
 * How long it takes to store the vectors of a table in another type, and what memory that takes.
 *
 *     bun bench/vector-convert.ts [rows=50000]
 */
import { join } from "node:path";
import type { ChunkRecord } from "../src/core/record.ts";
import { convertVectors } from "../src/store/convert.ts";
import document from "../src/store/mappers/document.ts";
import { TABLE } from "../src/store/schema.ts";
import { openStore } from "../src/store/store.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "../test/store/rows.ts";

const rows = Number(process.argv[2] ?? 50_000);
const DIMENSION = 384;
const PER_COMMIT = 10_000;
const words = Array.from({ length: 3_000 }, (_, i) => `w${(i * 7919).toString(36)}`);
const textOf = (row: number) =>
  Array.from({ length: 120 }, (_, i) => words[(row * 31 + i * i * 17 + i) % words.length]).join(" ");

using folder = temporaryFolder();
const dir = join(folder.path, "store");
{
  await using store = await openStore({ dir, settings: settings(), embedder: description(DIMENSION) });
  for (let first = 0; first < rows; first += PER_COMMIT) {
    const count = Math.min(PER_COMMIT, rows - first);
    const records: ChunkRecord[] = Array.from({ length: count }, (_, i) =>
      record(`${first + i}.md`, textOf(first + i)),
    );
    const vectors = unitVectors(count, { dimension: DIMENSION, seed: first + 1 });
    const docs = records.map(({ doc }) => doc);
    await store.commit(records, vectors, docs);
  }
  await store.maintain();
}
Bun.gc(true);
console.log(
  `${rows} rows of 120 words, ${DIMENSION} values; memory before ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
);
for (const type of ["float16", "int8", "binary", "float32"] as const) {
  const used = process.cpuUsage();
  const began = performance.now();
  let written = 0;
  let most = 0;
  const watched = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const workDir = join(folder.path, "work");
  const { from, built, waiting } = await convertVectors({
    ...{ dir, table: TABLE, mapper: document, settings: settings(), type, workDir },
    onRows: () => {
      written = performance.now();
    },
  });
  clearInterval(watched);
  const { user, system } = process.cpuUsage(used);
  const wall = (performance.now() - began) / 1000;
  const rewriting = ((written - began) / 1000).toFixed(1);
  const cpu = ((user + system) / 1e6).toFixed(1);
  console.log(
    `${from} to ${type}: ${wall.toFixed(1)} s (rows ${rewriting} s, ${built.length} indices the rest), cpu ${cpu} s, memory at most ${Math.round(most / 1e6)} MB, ${waiting} to be made`,
  );
}
