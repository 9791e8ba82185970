/**
 * How long `mdp data log|tag|diff|verify|restore`, `get` and `why` take on a large table, and how much memory.
 *
 * `bun bench/data-tables.ts [--rows 500000]`: vectors of 16 values by a generator, texts of a few words; one file in ten
 * changes between the two states.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ScanRow } from "../src/manifest/state.ts";
import { State } from "../src/manifest/state.ts";
import { openStore } from "../src/store/store.ts";
import { description, record, settings } from "../test/store/rows.ts";
import { mdpCommand, TempProject } from "../test/support/project.ts";

const DIMENSION = 16;
const CHUNKS_PER_FILE = 10;
const COMMIT = 20_000;

const { values } = parseArgs({ options: { rows: { type: "string", default: "500000" } } });
const rows = Number(values.rows);
using project = new TempProject();

/** One run: the files whose number `takes` lets through get texts of that round. */
async function fill(round: number, takes: (file: number) => boolean): Promise<void> {
  const stateDir = join(project.dir, ".mdp");
  using state = new State(stateDir);
  await using store = await openStore({
    dir: join(stateDir, "lancedb"),
    settings: settings(),
    embedder: description(DIMENSION),
  });
  const run = `2026013${round}T000000000-0000000${round}`;
  state.beginRun(run, ["docs"], {});
  let records: ReturnType<typeof record>[] = [];
  let files: ScanRow[] = [];
  const flush = async () => {
    const documents = files.map((item) => ({ uri: item.uri, engine: "documents", item, chunks: CHUNKS_PER_FILE }));
    state.beginDocuments(run, documents);
    const vectors = Float32Array.from(
      { length: records.length * DIMENSION },
      (_, i) => ((i * 2_654_435_761) % 997) / 997,
    );
    const docs = files.map(({ uri }) => uri);
    await store.commit(records, vectors, docs);
    const facts = { hash: "h", settings: "s", outcome: "ok", run, engine: "documents", kind: "markdown" } as const;
    state.transaction(() => {
      for (const { uri, root, path, size, mtime } of files) {
        state.finishItem({ uri, root, path, size, mtime, ...facts }, []);
      }
    });
    records = [];
    files = [];
  };
  for (let file = 0; file < rows / CHUNKS_PER_FILE; file++) {
    if (!takes(file)) continue;
    const uri = `docs/${file % 100}/${file}.md`;
    files.push({ uri, root: "docs", path: uri, absolute: "", size: 100, mtime: "1" });
    for (let seq = 0; seq < CHUNKS_PER_FILE; seq++) {
      records.push(
        record(uri, `passage ${seq} of file ${file} in round ${round}`, { seq, startLine: seq + 1, endLine: seq + 1 }),
      );
    }
    if (records.length >= COMMIT) await flush();
  }
  if (files.length > 0) await flush();
  await store.maintain(true);
  state.finishRun(run, "finished", null);
}

async function measure(name: string, ...args: string[]): Promise<void> {
  const started = performance.now();
  const child = Bun.spawn(["/usr/bin/time", "-f", "%M", ...mdpCommand(args)], {
    cwd: project.dir,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const seconds = (performance.now() - started) / 1000;
  const megabytes = Number(errors.trim().split("\n").at(-1)) / 1000;
  console.log(
    `${name.padEnd(34)} ${seconds.toFixed(2).padStart(7)} s ${megabytes.toFixed(0).padStart(6)} MB  exit ${code}`,
  );
  if (code !== 0) console.log(output.slice(0, 2000), errors.slice(0, 2000));
}

await fill(1, () => true);
await measure("data tag first", "data", "tag", "first");
await fill(2, (file) => file % 10 === 0);
console.log(`${rows} chunks in ${rows / CHUNKS_PER_FILE} files, of which one in ten has changed`);
await measure("data log", "data", "log");
await measure("data diff first", "data", "diff", "first", "--json");
await measure("data verify", "data", "verify");
await measure("get by a place", "get", "docs/7/7.md:3");
await measure("list", "list", "--json");
await measure("data restore RUN (by the rows)", "data", "restore", "20260131T0");
await measure("data verify", "data", "verify");
await measure("data restore first (by the copy)", "data", "restore", "first");
await measure("data verify", "data", "verify");
rmSync(project.dir, { recursive: true, force: true });
