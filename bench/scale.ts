/**
 * A table that grows to a million passages of real text with generated vectors: build, memory, latency, recall@10.
 *
 *     bun bench/scale.ts [--sizes 10000,50000,100000,300000,1000000] [--questions 100] [--commit 5000] [--keep DIR]
 *     bun bench/scale.ts --measure ROWS --keep DIR      # only the queries, over a table that was kept
 *
 * Prints one JSON object per size. The exact neighbours come from dot products over the generator's vectors, not from
 * LanceDB. Queries run in a process of their own.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as v from "valibot";
import type { ChunkRecord } from "../src/core/record.ts";
import { SearchSettings } from "../src/search/config.ts";
import { search } from "../src/search/search.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { description, settings, temporaryFolder } from "../test/store/rows.ts";
import { passages } from "./scale/corpus.ts";
import { DIMENSION, exactNearest, questionNear, vectorsFrom } from "./scale/vectors.ts";

const K = 10;
/** What a search asks its vector leg for, at least. */
const CANDIDATES = 200;
const WARM_UP = 10;
const FILTERS = { all: undefined, "kind = 'man'": "kind = 'man'", narrow: "path LIKE 'usr/include/linux/%'" };

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "10000,50000,100000,300000,1000000" },
    questions: { type: "string", default: "100" },
    commit: { type: "string", default: "5000" },
    keep: { type: "string" },
    measure: { type: "string" },
  },
});
const commitRows = Number(values.commit);
const sizes = values.sizes.split(",").map(Number);
using scratch = temporaryFolder();
const folder = values.keep ?? scratch.path;
mkdirSync(folder, { recursive: true });
const questionsFile = join(folder, "questions.json");

interface Question {
  row: number;
  words: string;
}

const openTable = () =>
  openStore({ dir: join(folder, "lancedb"), settings: settings(), embedder: description(DIMENSION) });

function peakMb(): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const rounded = (value: number, digits = 1) => Number(value.toFixed(digits));

/** Percentiles of the search of these questions, in milliseconds. */
async function latency(store: Store, questions: readonly Question[], given: v.InferInput<typeof SearchSettings>) {
  const parsed = v.parse(SearchSettings, given);
  const times: number[] = [];
  for (const [i, { row, words }] of [...questions.slice(0, WARM_UP), ...questions].entries()) {
    const vectors = questionNear(row);
    const embeddings = { vectors, count: 1, dimension: DIMENSION, tokens: 6, truncated: new Uint8Array(1) };
    const embedder = { description: description(DIMENSION), embed: async () => embeddings };
    const began = performance.now();
    await search(store, embedder, { query: words, settings: parsed });
    if (i >= WARM_UP) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: rounded(times[times.length >> 1]!), p95: rounded(times[Math.floor(times.length * 0.95)]!) };
}

/** Share of the exact ten nearest that the vector leg has among its first ten. */
async function recall(store: Store, questions: readonly Question[], rows: number): Promise<number> {
  const vectors = questions.map(({ row }) => questionNear(row));
  const exact = exactNearest(vectors, rows, K);
  const view = (await store.snapshot())!;
  let found = 0;
  for (const [q, vector] of vectors.entries()) {
    const first = (await view.vectorSearch({ vector, limit: CANDIDATES })).slice(0, K);
    const records = await view.records(first);
    const wanted = new Set(exact[q]);
    found += [...records.values()].filter(({ start }) => wanted.has(start)).length;
  }
  return found / questions.length / K;
}

async function measure(rows: number) {
  const count = Number(values.questions);
  const all = JSON.parse(readFileSync(questionsFile, "utf8")) as Question[];
  const below = all.filter(({ row }) => row < rows);
  const questions = below.filter((_, i) => i % Math.ceil(below.length / count) === 0);
  await using store = await openTable();
  const times: Record<string, unknown> = {};
  for (const mode of ["vector", "text", "hybrid"] as const) {
    for (const [label, filter] of Object.entries(FILTERS)) {
      times[`${mode} ${label}`] = await latency(store, questions, filter ? { mode, filter } : { mode });
    }
  }
  const peak = peakMb();
  const { vectorSearch, bytesOnDisk } = await store.status();
  return {
    rows,
    vectorSearch,
    recallAt10: rounded(await recall(store, questions, rows), 4),
    questions: questions.length,
    times,
    queryPeakMb: peak,
    diskMb: Math.round(bytesOnDisk / 1e6),
  };
}

/** Questions of three to six words of the passage, one in a thousand rows (one in a hundred of the first 50,000). */
function questionOf({ text, start }: ChunkRecord): Question[] {
  if (start % (start < 50_000 ? 100 : 1_000) !== 0) return [];
  const words = text.split(" ");
  const first = Math.floor(words.length / 3);
  const chosen = words.slice(first, first + 3 + (start % 4)).join(" ");
  return [{ row: start, words: /\w/.test(chosen) ? chosen : "configuration" }];
}

async function build(): Promise<void> {
  await using store = await openTable();
  const questions: Question[] = [];
  const source = passages();
  let [row, commitSeconds, indexSeconds] = [0, 0, 0];
  let waiting: ChunkRecord[] = [];
  for (const size of sizes) {
    const began = performance.now();
    while (row < size) {
      while (waiting.length < commitRows) waiting.push(...source.next().value);
      // A document may not be split over commits: its rows make way for those of the next commit.
      let end = Math.min(commitRows, size - row, waiting.length);
      while (end < waiting.length && waiting[end]!.doc === waiting[end - 1]!.doc) end++;
      const part = waiting.slice(0, end);
      waiting = waiting.slice(end);
      await store.commit(part, vectorsFrom(row, part.length), [...new Set(part.map(({ doc }) => doc))]);
      questions.push(...part.flatMap(questionOf));
      row += part.length;
    }
    commitSeconds += (performance.now() - began) / 1000;
    const indexing = performance.now();
    const { problems } = await store.maintain(true);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    indexSeconds += (performance.now() - indexing) / 1000;
    writeFileSync(questionsFile, JSON.stringify(questions));
    const built = { commitSeconds, indexSeconds, cpuSeconds: cpuSeconds(), buildPeakMb: peakMb() };
    const args = ["--measure", String(row), "--keep", folder, "--questions", values.questions];
    const child = Bun.spawnSync([process.execPath, import.meta.path, ...args], { stderr: "inherit" });
    if (child.exitCode !== 0) throw new Error("measuring failed");
    const shown = Object.fromEntries(Object.entries(built).map(([name, value]) => [name, rounded(value)]));
    console.log(JSON.stringify({ ...shown, ...JSON.parse(child.stdout.toString()) }));
  }
}

if (values.measure) console.log(JSON.stringify(await measure(Number(values.measure))));
else await build();
