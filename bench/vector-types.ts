/**
 * What each way of storing vectors costs and finds: recall@10 against an exact search of the full float32 vectors, with
 * questions, at two ways of searching; and what is left of it when vectors are cut to their first values.
 *
 *     bun bench/vector-types.ts PROJECT QUESTIONS.jsonl
 *
 * The project holds ingested documents with float32 vectors; it is only read. Latency is of one query after another for
 * the hundred rows that a search asks for.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { EmbedSettings } from "../src/embed/config.ts";
import { openEmbedder } from "../src/embed/embedder.ts";
import { readQueries } from "../src/pipelines/index/queries.ts";
import { StoreSettings, VECTOR_TYPES, type VectorType } from "../src/store/config.ts";
import { folderBytes } from "../src/store/status.ts";
import { openStore } from "../src/store/store.ts";

const LIMIT = 100;
const JUDGED = 10;
const MOST_QUESTIONS = 200;
const BYTES_OF_VALUE: Record<VectorType, number> = { float32: 4, float16: 2, int8: 1.125, binary: 0.125 };

const [project = "", questions = ""] = process.argv.slice(2);
await using source = await openStore({ dir: join(project, ".mdp/lancedb"), settings: v.parse(StoreSettings, {}) });
const view = (await source.snapshot())!;
const records = await view.recordsWhere("id IS NOT NULL", view.rows + 1);
const stored = await view.vectorsOf(records.map(({ id }) => id));
const full = source.embedder!.dimension;
const vectors = new Float32Array(records.length * full);
for (const [row, { id }] of records.entries()) vectors.set(stored.get(id)!, row * full);

using embedder = await openEmbedder(v.parse(EmbedSettings, {}));
const texts = (await readQueries(questions)).slice(0, MOST_QUESTIONS);
const asked = (await embedder.embed(texts, "query")).vectors;

const truth = texts.map((_, q) => new Set(nearest(asked.subarray(q * full, (q + 1) * full))));
console.log(`${records.length} rows of ${full} values, ${texts.length} questions`);
console.log(
  "| type | values | refine | index | recall@10 | p50 | vectors | table |\n|---|---|---|---|---|---|---|---|",
);
for (const type of VECTOR_TYPES) await measure(type, full);
for (const dimension of [256, 192, 128]) await measure("float32", dimension);
await measure("int8", 192);

/** Ids of the nearest rows by the full vectors. */
function nearest(query: Float32Array): string[] {
  const cosines = new Float64Array(records.length);
  for (let row = 0; row < records.length; row++) {
    for (let i = 0; i < full; i++) cosines[row]! += vectors[row * full + i]! * query[i]!;
  }
  const order = Array.from(cosines.keys()).sort((a, b) => cosines[b]! - cosines[a]!);
  return order.slice(0, JUDGED).map((row) => records[row]!.id);
}

/** The first values of each vector, of length 1 again. */
function cut(whole: Float32Array, dimension: number): Float32Array {
  if (dimension === full) return whole;
  const out = new Float32Array((whole.length / full) * dimension);
  for (let row = 0; row * full < whole.length; row++) {
    const part = whole.subarray(row * full, row * full + dimension);
    const length = Math.hypot(...part);
    for (let i = 0; i < dimension; i++) out[row * dimension + i] = part[i]! / length;
  }
  return out;
}

async function measure(vectorType: VectorType, dimension: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "mdp-bench-"));
  try {
    const description = { ...source.embedder!, dimension, fingerprint: `${dimension}` };
    const table = (changes: Partial<StoreSettings>) =>
      openStore({ dir, settings: { ...v.parse(StoreSettings, {}), vectorType, ...changes }, embedder: description });
    const queries = cut(asked, dimension);
    {
      await using store = await table({ exactRows: 1e9 });
      await store.commit(records, cut(vectors, dimension), [...new Set(records.map(({ doc }) => doc))]);
      await store.maintain(true);
    }
    const bytes = await folderBytes(dir);
    const hamming = vectorType === "int8" || vectorType === "binary";
    for (const refineFactor of hamming ? [1, 2, 4, 10] : [10]) {
      await using store = await table({ exactRows: 1e9, refineFactor });
      await report(vectorType, dimension, refineFactor, "exact", await ask(store, queries, dimension), bytes);
    }
    await using store = await table({ exactRows: 0 });
    await store.maintain(true);
    const index = hamming ? "IVF_FLAT" : "IVF_RQ";
    await report(vectorType, dimension, 10, index, await ask(store, queries, dimension), await folderBytes(dir));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function ask(store: Awaited<ReturnType<typeof openStore>>, queries: Float32Array, dimension: number) {
  const snapshot = (await store.snapshot())!;
  const times: number[] = [];
  let found = 0;
  for (const [q, answers] of truth.entries()) {
    const vector = queries.slice(q * dimension, (q + 1) * dimension);
    const started = performance.now();
    const hits = await snapshot.vectorSearch({ vector, limit: LIMIT });
    times.push(performance.now() - started);
    found += hits.slice(0, JUDGED).filter(({ id }) => answers.has(id)).length;
  }
  times.sort((a, b) => a - b);
  return { recall: found / (truth.length * JUDGED), p50: times[Math.floor(times.length / 2)]! };
}

function report(
  type: VectorType,
  dimension: number,
  refine: number,
  index: string,
  { recall, p50 }: { recall: number; p50: number },
  bytes: number,
): void {
  const size = (value: number) => `${(value / 1e6).toFixed(1)} MB`;
  const values = records.length * dimension * BYTES_OF_VALUE[type];
  const cells = [type, dimension, refine, index, recall.toFixed(3), `${p50.toFixed(1)} ms`, size(values), size(bytes)];
  console.log(`| ${cells.join(" | ")} |`);
}
