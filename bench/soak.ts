/**
 * Rounds of add, edit, rename and delete over many passages while another process searches without a pause.
 *
 *     bun bench/soak.ts [--rows 50000] [--rounds 25]
 *
 * After each round: rows, ids and hits equal those of a table kept by hand (words by counting, vectors by dot products
 * of our own), no row is outside an index; every fifth version is kept under a name, as `mdp data tag` does, and all of them are
 * still there with their rows. Versions older than ten
 * seconds are pruned after a round; mdp itself waits for an hour. Prints one line per round and exits with 1 when anything differs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { idOf } from "../src/core/hash.ts";
import type { ChunkRecord } from "../src/core/record.ts";
import { TableHistory } from "../src/store/history.ts";
import { lancedb } from "../src/store/lancedb.ts";
import { pruneLimit } from "../src/store/maintain.ts";
import { TABLE } from "../src/store/schema.ts";
import { folderBytes } from "../src/store/status.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { copyVersion } from "../src/store/table-copy.ts";
import { description, random, settings, temporaryFolder } from "../test/store/rows.ts";
import { passages } from "./scale/corpus.ts";
import { DIMENSION, questionNear } from "./scale/vectors.ts";
import { type Row, Truth } from "./soak/truth.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "50000" },
    rounds: { type: "string", default: "25" },
  },
});
const FIRST_COMMIT_ROWS = 5_000;
const DOCS_PER_COMMIT = 25;
/** Documents of each kind of change in a round. */
const CHANGED = 50;
const WORDS = 20;
const QUESTIONS = 10;
const K = 10;
/** What a search asks its vector leg for, at least. */
const CANDIDATES = 100;
/** Longer than any search: a version that one is reading may not go. */
const SEARCH_MS = 10_000;

const next = random(11);
const pick = (names: string[]) => names.splice(Math.floor(next() * names.length), 1)[0]!;

using folder = temporaryFolder();
using kept = temporaryFolder();
const truth = new Truth();
const source = passages();
let problems = 0;

const open = (exactRows?: number) =>
  openStore({
    dir: folder.path,
    settings: settings(exactRows === undefined ? {} : { exactRows }),
    embedder: description(DIMENSION),
  });

function complain(what: string): void {
  problems++;
  console.log(`DIFFERS: ${what}`);
}

/** Writes documents in a few commits, and notes them. */
async function write(store: Store, docs: readonly [string, Row[]][], docsPerCommit = DOCS_PER_COMMIT): Promise<void> {
  for (let start = 0; start < docs.length; start += docsPerCommit) {
    const part = docs.slice(start, start + docsPerCommit);
    const rows = part.flatMap(([, rows]) => rows);
    const vectors = new Float32Array(rows.length * DIMENSION);
    for (const [i, { vector }] of rows.entries()) vectors.set(vector, i * DIMENSION);
    await store.commit(
      rows.map(({ record }) => record),
      vectors,
      part.map(([doc]) => doc),
    );
    for (const [doc, rows] of part) truth.docs.set(doc, rows);
  }
}

function added(count: number): [string, Row[]][] {
  return Array.from({ length: count }, () => {
    const records = source.next().value as ChunkRecord[];
    return [records[0]!.doc, truth.rowsFor(records)];
  });
}

/** A third of the passages get another word, one goes, the others stay. */
function edited(doc: string, round: number): [string, Row[]] {
  const before = truth.docs.get(doc)!;
  const records = before
    .filter((_, i) => before.length === 1 || i !== round % before.length)
    .map(({ record }, seq) => {
      if (seq % 3 !== round % 3) return { ...record, seq };
      const text = `${record.text} revision${round}`;
      const contentHash = idOf(text);
      return { ...record, seq, text, contentHash, id: idOf(doc, contentHash, String(record.start)) };
    });
  return [doc, truth.rowsFor(records, before)];
}

function renamed(doc: string, round: number): [string, Row[]] {
  const name = `${doc}.moved${round}`;
  const before = truth.docs.get(doc)!;
  const records = before.map(({ record }) => {
    const id = idOf(name, record.contentHash, String(record.start));
    return { ...record, id, doc: name, item: name, path: name };
  });
  return [name, truth.rowsFor(records, before)];
}

async function change(store: Store, round: number): Promise<void> {
  const names = [...truth.docs.keys()];
  const take = () => Array.from({ length: CHANGED }, () => pick(names));
  await write(store, added(CHANGED));
  await write(
    store,
    take().map((doc) => edited(doc, round)),
  );
  const moved = take();
  await write(
    store,
    moved.map((doc) => renamed(doc, round)),
  );
  const gone = take();
  await store.deleteItems([...moved, ...gone]);
  for (const doc of [...moved, ...gone]) truth.docs.delete(doc);
}

/** Compares the table with what is known of it; returns the recall of the indexed search. */
async function check(store: Store, exact: Store, round: number): Promise<number> {
  const { rows, indices } = await store.status();
  if (rows !== truth.size) complain(`${rows} rows, ${truth.size} expected`);
  for (const { column, indexedRows, unindexedRows } of indices) {
    if (unindexedRows !== 0 || indexedRows !== rows) complain(`${unindexedRows} rows outside the index on ${column}`);
  }
  const [view, all] = [(await store.snapshot())!, (await exact.snapshot())!];
  for (const word of [...truth.countableWords(WORDS), `revision${round}`]) {
    const found = new Set((await view.textSearch({ query: word, limit: rows })).map(({ id }) => id));
    const wanted = truth.holding(word);
    if (found.size !== wanted.size || [...wanted].some((id) => !found.has(id))) {
      complain(`"${word}" is found ${found.size} times, stands in ${wanted.size}`);
    }
  }
  let recalled = 0;
  for (let q = 0; q < QUESTIONS; q++) {
    const vector = questionNear(Math.floor(next() * 40_000));
    const { ids, last } = truth.nearest(vector, K);
    const wanted = new Set(ids);
    for (const { id, score } of await all.vectorSearch({ vector, limit: K })) {
      if (!wanted.has(id) && Math.abs(score - last) > 1e-5) complain(`${id} is not among the nearest`);
    }
    recalled += (await view.vectorSearch({ vector, limit: CANDIDATES }))
      .slice(0, K)
      .filter(({ id }) => wanted.has(id)).length;
  }
  return recalled / QUESTIONS / K;
}

/** What would be pruned of a table in use an hour later. */
async function prune(): Promise<void> {
  const connection = await lancedb().connect(folder.path);
  const table = await connection.openTable(TABLE);
  await table.optimize({ cleanupOlderThan: await pruneLimit(table, SEARCH_MS) });
  table.close();
  connection.close();
}

const rssMb = () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024);

await using store = await open();
await using exact = await open(10_000_000);
const tags = new Map<string, number>();
await using history = await fill();

async function fill(): Promise<TableHistory> {
  const wanted = Number(values.rows);
  while (truth.size < wanted) {
    const docs: [string, Row[]][] = [];
    for (let rows = 0; rows < FIRST_COMMIT_ROWS && rows + truth.size < wanted; ) {
      const [one] = added(1);
      docs.push(one!);
      rows += one![1].length;
    }
    await write(store, docs, docs.length);
  }
  await store.maintain(true);
  await prune();
  return TableHistory.open(folder.path, TABLE);
}

console.log(`${truth.size} passages of ${truth.docs.size} documents; recall ${await check(store, exact, 0)}`);
const words = truth.countableWords(WORDS);
const searcher = Bun.spawn([process.execPath, join(import.meta.dir, "soak/searcher.ts"), folder.path, ...words], {
  stdin: "pipe",
  stdout: "pipe",
  stderr: "inherit",
});
for (let round = 1; round <= Number(values.rounds); round++) {
  const began = performance.now();
  await change(store, round);
  const report = await store.maintain();
  const seconds = (performance.now() - began) / 1000;
  for (const problem of report.problems) complain(problem);
  const recall = await check(store, exact, round);
  if (round % 5 === 0) {
    copyVersion(folder.path, join(kept.path, `round-${round}`), TABLE, await store.version());
    tags.set(`round-${round}`, truth.size);
  }
  await prune();
  for (const [tag, rows] of tags) {
    await using copy = await TableHistory.open(join(kept.path, tag), TABLE);
    if ((await copy.versions()).at(-1)?.rows !== rows) complain(`the version kept as ${tag} has not its ${rows} rows`);
  }
  const versions = (await history.versions()).length;
  const disk = Math.round((await folderBytes(join(folder.path, `${TABLE}.lance`))) / 1e6);
  const both = Number(
    Bun.spawnSync(["du", "-scm", folder.path, kept.path])
      .stdout.toString()
      .match(/(\d+)\ttotal/)![1],
  );
  console.log(
    `round ${round}: ${truth.size} rows, ${seconds.toFixed(1)} s, folded ${report.folded}, recall ${recall}, ` +
      `${versions} versions, ${disk} MB on disk, ${both} MB with those of ${tags.size} names, ${rssMb()} MB of memory`,
  );
}
searcher.stdin.end();
const seen = JSON.parse(await searcher.stdout.text());
console.log(`searches meanwhile: ${JSON.stringify(seen)}`);
if (seen.faultCount > 0) complain("searches failed");
console.log(problems === 0 ? "no difference" : `${problems} differences`);
process.exitCode = problems === 0 ? 0 : 1;
