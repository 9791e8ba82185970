/**
 * The words of questions in a large table: every row with a word scored, against likely rows first.
 *
 *     bun bench/scale.ts --sizes 300000 --keep DIR
 *     bun bench/words.ts DIR [--every 5] [--limit 100] [--filter "kind = 'man'"]
 *
 * Prints percentiles of wall and processor time of both, asked in turn, and hits that the second does not have.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Arrow } from "../src/core/arrow.ts";
import { connectTo } from "../src/store/lancedb.ts";
import { TABLE } from "../src/store/schema.ts";
import { findLikely, textClauses, textQuery } from "../src/store/text-search.ts";

const CACHE_BYTES = 1_000_000_000;
const WARM_UP = 10;
/** The same scores summed in another order. */
const ROUNDING = 1e-5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: "string", default: "5" },
    limit: { type: "string", default: "100" },
    filter: { type: "string" },
  },
});
const folder = positionals[0]!;
const connection = await connectTo(join(folder, "lancedb"), CACHE_BYTES, CACHE_BYTES);
const table = await connection.openTable(TABLE);
const asked = JSON.parse(readFileSync(join(folder, "questions.json"), "utf8")) as { words: string }[];
const questions = asked.filter((_, i) => i % Number(values.every) === 0).map(({ words }) => words);
const limits = { limit: Number(values.limit), where: values.filter };

const ways = {
  "every row": (query: string): Promise<Arrow.Table> => textQuery(table, textClauses(query), limits).toArrow(),
  "likely rows": (query: string): Promise<Arrow.Table> => findLikely(table, textClauses(query), limits, () => {}),
};
type Way = keyof typeof ways;
const times: Record<Way, { wall: number[]; cpu: number[] }> = {
  "every row": { wall: [], cpu: [] },
  "likely rows": { wall: [], cpu: [] },
};

const hitsOf = (found: Arrow.Table) =>
  Array.from({ length: found.numRows }, (_, row) => ({
    id: found.getChild("id")!.get(row) as string,
    score: found.getChild("_score")!.get(row) as number,
  })).sort((a, b) => b.score - a.score);

let lost = 0;
for (const [i, query] of [...questions.slice(0, WARM_UP), ...questions].entries()) {
  const found = {} as Record<Way, ReturnType<typeof hitsOf>>;
  const order: Way[] = i % 2 === 0 ? ["every row", "likely rows"] : ["likely rows", "every row"];
  for (const way of order) {
    const cpu = process.cpuUsage();
    const began = performance.now();
    const rows = await ways[way](query);
    const wall = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    found[way] = hitsOf(rows);
    if (i < WARM_UP) continue;
    times[way].wall.push(wall);
    times[way].cpu.push((user + system) / 1000);
  }
  const last = (found["every row"].at(-1)?.score ?? 0) * (1 + ROUNDING);
  const ids = new Set(found["likely rows"].map(({ id }) => id));
  if (i >= WARM_UP) lost += found["every row"].filter(({ id, score }) => score > last && !ids.has(id)).length;
}

console.log(`${await table.countRows()} rows, ${questions.length} questions, ${limits.limit} hits, lost: ${lost}`);
for (const [way, { wall, cpu }] of Object.entries(times)) {
  const at = (given: readonly number[], share: number) =>
    given.toSorted((a, b) => a - b)[Math.floor(given.length * share)]!.toFixed(1);
  const shown = (given: readonly number[]) => [0.5, 0.9, 0.95].map((share) => at(given, share)).join(" / ");
  console.log(`${way.padEnd(12)} p50 / p90 / p95: wall ${shown(wall)} ms, processor ${shown(cpu)} ms`);
}
