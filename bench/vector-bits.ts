/**
 * How many bits of a value an IVF_RQ index should keep, and how many candidates a hit are scored again.
 *
 *     bun bench/scale.ts --sizes 300000 --keep DIR
 *     bun bench/vector-bits.ts DIR [--bits 1,2,4] [--questions 50]
 *
 * Builds the index anew for each number of bits, so DIR is left with the last. Prints recall against an exact search,
 * and p50 of wall and processor time, for the hundred rows that a search asks for.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectTo, lancedb } from "../src/store/lancedb.ts";
import { TABLE } from "../src/store/schema.ts";
import { questionNear } from "./scale/vectors.ts";

const CACHE_BYTES = 1_000_000_000;
const LIMIT = 100;
const PROBES = 100;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { bits: { type: "string", default: "1,2,4" }, questions: { type: "string", default: "50" } },
});
const folder = positionals[0]!;
const connection = await connectTo(join(folder, "lancedb"), CACHE_BYTES, CACHE_BYTES);
const table = await connection.openTable(TABLE);
const asked = JSON.parse(readFileSync(join(folder, "questions.json"), "utf8")) as { row: number }[];
const every = Math.ceil(asked.length / Number(values.questions));
const vectors = asked.filter((_, i) => i % every === 0).map(({ row }) => questionNear(row));

const near = (vector: Float32Array) => table.query().nearestTo(vector).column("vector").distanceType("cosine");

async function rowsOf(query: ReturnType<typeof near>): Promise<bigint[]> {
  const found = await query.select(["_distance"]).withRowId().limit(LIMIT).toArrow();
  return [...found.getChild("_rowid")!];
}

const exact: bigint[][] = [];
for (const vector of vectors) exact.push(await rowsOf(near(vector).bypassVectorIndex()));

const middle = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!.toFixed(1);

for (const numBits of values.bits.split(",").map(Number)) {
  const config = lancedb().Index.ivfRq({ distanceType: "cosine", numBits });
  const before = process.cpuUsage();
  await table.createIndex("vector", { config, replace: true });
  const built = process.cpuUsage(before);
  const index = (await table.listIndices()).find(({ columns }) => columns[0] === "vector")!;
  const seconds = ((built.user + built.system) / 1e6).toFixed(1);
  console.log(
    `${numBits} bits: ${(Number(index.sizeBytes) / 1e6).toFixed(1)} MB, built in ${seconds} s of processor time`,
  );
  for (const refine of [1, 2, 3, 5, 10]) {
    const [wall, cpu]: [number[], number[]] = [[], []];
    const shared = { 10: 0, 30: 0, 100: 0 };
    for (const [i, vector] of vectors.entries()) {
      const start = process.cpuUsage();
      const began = performance.now();
      const found = await rowsOf(near(vector).nprobes(PROBES).refineFactor(refine));
      wall.push(performance.now() - began);
      const { user, system } = process.cpuUsage(start);
      cpu.push((user + system) / 1000);
      for (const first of [10, 30, 100] as const) {
        const wanted = new Set(exact[i]!.slice(0, first));
        shared[first] += found.slice(0, first).filter((row) => wanted.has(row)).length / first / vectors.length;
      }
    }
    const recall = Object.entries(shared).map(([first, share]) => `@${first} ${share.toFixed(4)}`);
    console.log(
      `  ${refine} candidates a hit: recall ${recall.join(", ")}; p50 ${middle(wall)} ms, processor ${middle(cpu)} ms`,
    );
  }
}
