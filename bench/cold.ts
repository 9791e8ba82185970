/**
 * One question to a project of many passages: from the start of the executable to its end, and in an open project.
 *
 *     MDP_BIN=./mdp bun bench/cold.ts [--rows 50000] [--runs 15] [--warm 200] [--keep DIR]
 *
 * The project's passages are real text with generated vectors, beside one file that was ingested. Prints wall and
 * processor time of cold runs (best and median), and of warm questions with the embedding of the question in them.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadSettings } from "../src/config/load.ts";
import { requireProject } from "../src/config/project.ts";
import type { ChunkRecord } from "../src/core/record.ts";
import { openSearch } from "../src/pipelines/search.ts";
import { openStore } from "../src/store/store.ts";
import { settings, temporaryFolder } from "../test/store/rows.ts";
import { passages } from "./scale/corpus.ts";
import { DIMENSION, vectorsFrom } from "./scale/vectors.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "50000" },
    runs: { type: "string", default: "15" },
    warm: { type: "string", default: "200" },
    keep: { type: "string" },
  },
});
const binary = resolve(process.env.MDP_BIN ?? "mdp");
const COMMIT_ROWS = 5_000;
using scratch = temporaryFolder();
const project = values.keep ?? scratch.path;
mkdirSync(project, { recursive: true });
if (!existsSync(join(project, ".mdp"))) await fill();

async function fill(): Promise<void> {
  writeFileSync(join(project, "one.md"), "# Gauge\n\nThe gauge at the pier shows the tide.\n");
  const ingest = Bun.spawnSync([binary, "ingest", "one.md", "-q"], { cwd: project });
  if (ingest.exitCode !== 0) throw new Error(ingest.stderr.toString());
  await using store = await openStore({ dir: join(project, ".mdp/lancedb"), settings: settings() });
  const source = passages();
  for (let row = 0; row < Number(values.rows); ) {
    const records: ChunkRecord[] = [];
    while (records.length < COMMIT_ROWS) records.push(...(source.next().value as ChunkRecord[]));
    await store.commit(records, vectorsFrom(row, records.length), [...new Set(records.map(({ doc }) => doc))]);
    row += records.length;
  }
  await store.maintain(true);
}

interface Times {
  wall: number[];
  cpu: number[];
}

const QUESTIONS = ["how to set the default timeout", "print the version of the library", "memory that was not freed"];

function cold(args: readonly string[]): Times {
  const times: Times = { wall: [], cpu: [] };
  for (let run = 0; run <= Number(values.runs); run++) {
    const began = performance.now();
    const child = Bun.spawnSync([binary, "search", QUESTIONS[run % QUESTIONS.length]!, ...args], { cwd: project });
    const wall = performance.now() - began;
    if (child.exitCode !== 0) throw new Error(child.stderr.toString());
    // The first run unpacks what the executable carries.
    if (run > 0) {
      times.wall.push(wall);
      times.cpu.push(Number(child.resourceUsage!.cpuTime.total) / 1000);
    }
  }
  return times;
}

const shown = (times: readonly number[]) => {
  const sorted = times.toSorted((a, b) => a - b);
  return `best ${sorted[0]!.toFixed(0)} ms, median ${sorted[sorted.length >> 1]!.toFixed(0)} ms`;
};

for (const args of [["--text"], []]) {
  const { wall, cpu } = cold(args);
  console.log(`cold search ${args[0] ?? "(hybrid)"}: wall ${shown(wall)}; processor ${shown(cpu)}`);
}

const found = requireProject(project, undefined);
const loaded = await loadSettings({ projectDir: found.dir, env: {} });
await using search = await openSearch({ project: found, settings: loaded.settings });
const times: number[] = [];
for (let i = 0; i < Number(values.warm) + 20; i++) {
  const began = performance.now();
  await search.ask(`${QUESTIONS[i % QUESTIONS.length]} ${i}`);
  if (i >= 20) times.push(performance.now() - began);
}
times.sort((a, b) => a - b);
const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(1);
console.log(`warm hybrid, with the question's embedding (${DIMENSION} values): p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
