/**
 * Reading and writing Parquet, beside pyarrow, datatrove's reader and our own JSON Lines, in one run.
 *
 *     bun bench/parquet.ts [megabytes] [python]    # 350 of text; .venv-peers/bin/python
 *
 * Each of our figures is a process of its own: megabytes of text per second of CPU time, and the most memory it had.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FinishRecord } from "../src/pipelines/prepare/records.ts";

interface Figure {
  name: string;
  file: string;
  characters: number;
  cpu: number;
  peak?: number;
  bytes?: number;
}

const READ = "__read";
const WRITE = "__write";
const PEER = join(import.meta.dir, "peers/parquet.py");

async function readAlone(path: string): Promise<Figure> {
  const { formats } = await import("../src/ingest/formats/index.ts");
  const { openInput } = await import("../src/ingest/reader/open.ts");
  const format = await formats.load(path.endsWith(".jsonl") ? "jsonl" : "parquet");
  await using input = await openInput(path, path);
  const started = process.cpuUsage();
  let characters = 0;
  for await (const read of format.read(input, { maxDocumentBytes: 10_000_000 })) {
    if ("reject" in read) throw new Error(read.reject.reason);
    characters += read.document.text.length;
  }
  return { name: "mdp", file: path.split("/").at(-1)!, characters, ...used(started) };
}

async function writeAlone(format: string, from: string): Promise<Figure> {
  const { layoutOf } = await import("../src/pipelines/prepare/layout.ts");
  const dir = join(from, "..", `out-${format}`);
  mkdirSync(dir);
  const record = {} as FinishRecord;
  const sink =
    format === "parquet"
      ? await (await import("../src/pipelines/prepare/parquet-sink.ts")).ParquetSink.create(layoutOf(dir), 0, record)
      : await (await import("../src/pipelines/prepare/document-sink.ts")).DocumentSink.create(layoutOf(dir), 0, record);
  let spent = 0;
  let characters = 0;
  let rest = "";
  for await (const part of Bun.file(from).stream().pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    const rows = lines.map((line) => JSON.parse(line) as { id: string; text: string; url: string });
    const started = process.cpuUsage();
    for (const { id, text, ...metadata } of rows) {
      const known = { uri: `rows.jsonl#id=${id}`, kind: "jsonl", title: id, lang: "en", scores: {}, tags: {} };
      await sink.add({ record: { ...known, metadata: { id, ...metadata } }, text, original: text, leader: text });
      characters += text.length;
    }
    spent += used(started).cpu;
  }
  const started = process.cpuUsage();
  await sink.finish();
  const { cpu, peak } = used(started);
  return { name: "mdp", file: `to ${format}`, characters, cpu: cpu + spent, peak, bytes: record.output!.bytes };
}

function used(since: NodeJS.CpuUsage): { cpu: number; peak: number } {
  const { user, system } = process.cpuUsage(since);
  const { maxRSS } = process.resourceUsage();
  // Linux counts kilobytes, macOS bytes.
  return { cpu: (user + system) / 1e6, peak: process.platform === "darwin" ? maxRSS : maxRSS * 1_024 };
}

function alone(...args: string[]): Figure {
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, import.meta.path, ...args]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as Figure;
}

function show({ name, file, characters, cpu, peak, bytes }: Figure): void {
  const speed = `${(characters / 1e6 / cpu).toFixed(0)} MB/s`;
  const memory = peak === undefined ? "" : `peak ${(peak / 1e6).toFixed(0)} MB`;
  const size = bytes === undefined ? "" : `${(bytes / 1e6).toFixed(0)} MB written`;
  console.log([file.padEnd(18), name.padEnd(10), speed.padStart(9), memory.padStart(12), size].join("  "));
}

function main(megabytes: string, python: string): void {
  const dir = mkdtempSync(join(tmpdir(), "mdp-bench-parquet-"));
  // Without its own folder on Python's path, where other peers have names of Python's own modules.
  const peer = [python, "-P", PEER];
  try {
    const made = Bun.spawnSync([...peer, "make", megabytes, dir], { stderr: "inherit" });
    if (made.exitCode !== 0) throw new Error("the files could not be made");
    const files = ["one-group.parquet", "groups.parquet", "zstd.parquet"].map((name) => join(dir, name));
    for (const file of files) console.log(`${file.split("/").at(-1)}: ${(statSync(file).size / 1e6).toFixed(0)} MB`);
    for (const file of [...files, join(dir, "rows.jsonl")]) show(alone(READ, file));
    const peers = Bun.spawnSync([...peer, "read", ...files], { stderr: "inherit" });
    for (const line of peers.stdout.toString().trim().split("\n")) show(JSON.parse(line) as Figure);
    for (const format of ["jsonl", "parquet"]) show(alone(WRITE, format, join(dir, "rows.jsonl")));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const [first = "350", second = join(import.meta.dir, "../.venv-peers/bin/python"), third] = process.argv.slice(2);
if (first === READ) console.log(JSON.stringify(await readAlone(second)));
else if (first === WRITE) console.log(JSON.stringify(await writeAlone(second, third!)));
else main(first, second);
