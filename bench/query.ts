/**
 * Latency of warm queries over real text with generated vectors, and recall@10 of the indexed search.
 *
 *     bun bench/query.ts [--rows 50000] [--queries 200] [--exact]     # --exact: no vector index
 *
 * Prints one line per mode and filter: p50 and p95 in milliseconds, from the query's words and vector to the records.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { SearchSettings } from "../src/search/config.ts";
import { type QueryEmbedder, search } from "../src/search/search.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { description, random, settings, temporaryFolder, unitVectors } from "../test/store/rows.ts";
import { passages } from "./query/corpus.ts";

const DIMENSION = 384;
const COMMIT_ROWS = 2_000;
const WARM_UP = 20;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "50000" },
    queries: { type: "string", default: "200" },
    exact: { type: "boolean", default: false },
  },
});
const rows = Number(values.rows);
const queryCount = Number(values.queries);

interface Query {
  words: string;
  embedder: QueryEmbedder;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** Queries of three to six words from the corpus, with vectors near a stored one. */
function queriesFrom(texts: readonly string[], vectors: Float32Array): Query[] {
  const next = random(7);
  return Array.from({ length: queryCount + WARM_UP }, () => {
    const row = Math.floor(next() * texts.length);
    const words = texts[row]!.split(" ");
    const first = Math.floor(next() * Math.max(1, words.length - 6));
    const query = words.slice(first, first + 3 + Math.floor(next() * 4)).join(" ");
    const vector = vectors.slice(row * DIMENSION, (row + 1) * DIMENSION).map((value) => value + 0.04 * (next() - 0.5));
    const embeddings = { vectors: vector, count: 1, dimension: DIMENSION, tokens: 6, truncated: new Uint8Array(1) };
    return {
      words: query.trim() || "configuration",
      embedder: { description: description(DIMENSION), embed: async () => embeddings },
    };
  });
}

async function fill(store: Store, vectors: Float32Array): Promise<string[]> {
  const records = await passages(rows);
  const began = performance.now();
  for (let start = 0; start < rows; ) {
    let end = Math.min(rows, start + COMMIT_ROWS);
    while (end < rows && records[end]!.doc === records[end - 1]!.doc) end++;
    const part = records.slice(start, end);
    const docs = [...new Set(part.map(({ doc }) => doc))];
    await store.commit(part, vectors.subarray(start * DIMENSION, end * DIMENSION), docs);
    start = end;
  }
  console.log(`commits of ${COMMIT_ROWS}: ${seconds(began)}`);
  const indexing = performance.now();
  const { problems } = await store.maintain(true);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  console.log(`indices: ${seconds(indexing)}`);
  return records.map(({ text }) => text);
}

async function time(
  store: Store,
  queries: readonly Query[],
  given: v.InferInput<typeof SearchSettings>,
): Promise<void> {
  const parsed = v.parse(SearchSettings, given);
  const times: number[] = [];
  for (const [index, { words, embedder }] of queries.entries()) {
    const began = performance.now();
    await search(store, embedder, { query: words, settings: parsed });
    if (index >= WARM_UP) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(1).padStart(7);
  const label = `${given.mode}${given.filter ? ` where ${given.filter}` : ""}`;
  console.log(`${label.padEnd(48)} p50 ${at(0.5)} ms   p95 ${at(0.95)} ms`);
}

/** Share of the exact ten nearest rows that the search finds. */
async function recall(store: Store, exact: Store, queries: readonly Query[]): Promise<number> {
  const ten = async (from: Store, { words, embedder }: Query) =>
    (await search(from, embedder, { query: words, settings: v.parse(SearchSettings, { mode: "vector" }) })).hits;
  let found = 0;
  for (const query of queries) {
    const nearest = new Set((await ten(exact, query)).map(({ record }) => record.id));
    found += (await ten(store, query)).filter(({ record }) => nearest.has(record.id)).length;
  }
  return found / queries.length / 10;
}

console.log(`${rows} rows of ${DIMENSION} dimensions, ${cpus().length} × ${cpus()[0]?.model}, Bun ${Bun.version}`);
using folder = temporaryFolder();
const open = (exactRows: number) =>
  openStore({ dir: folder.path, settings: settings({ exactRows }), embedder: description(DIMENSION) });
const exactRows = values.exact ? rows : 0;
await using store = await open(exactRows);
const vectors = unitVectors(rows, { dimension: DIMENSION, clusters: 500 });
const queries = queriesFrom(await fill(store, vectors), vectors);
const status = await store.status();
console.log(`vectors: ${status.vectorSearch}; ${(status.bytesOnDisk / 1e6).toFixed(0)} MB on disk`);

for (const mode of ["vector", "text", "hybrid"] as const) {
  for (const filter of [undefined, "kind = 'markdown'", "path LIKE 'typescript/%'"]) {
    await time(store, queries, filter === undefined ? { mode } : { mode, filter });
  }
}
if (!values.exact) {
  await using exact = await open(rows);
  console.log(`recall@10 against the exact search: ${(await recall(store, exact, queries)).toFixed(4)}`);
}
