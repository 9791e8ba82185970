/**
 * Bytes of tokens per second of the loader, in order and shuffled, beside safetensors and NumPy over the same rows; and
 * how long 10,000 shards take to open and to resume.
 *
 * usage: bun bench/loader.ts [--megabytes 400] [--rounds 5] [--rows 32] [--python PATH]
 * Every pass copies each batch once, as a trainer does, from files that the system has in memory. All contestants run in
 * turn in each round. The best round counts; CPU seconds are what a busy machine distorts least.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import safetensors from "../src/shard/formats/safetensors.ts";
import { metadataOf, type SetFacts, type ShardFacts } from "../src/shard/layout.ts";
import { type LoaderOptions, ShardLoader } from "../src/shard/loader.ts";
import { type ShardEntry, writeShardIndex } from "../src/shard/shard-index.ts";
import { numbers } from "./support/text.ts";

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "400" },
    rounds: { type: "string", default: "5" },
    rows: { type: "string", default: "32" },
    python: { type: "string", default: resolve(import.meta.dir, "../.venv/bin/python") },
  },
});
const rows = Number(values.rows);
const SEQ_LEN = 2_048;
const ROWS_OF_A_SHARD = 4_096;

const folder = mkdtempSync(join(tmpdir(), "mdp-bench-loader-"));

/** Writes packed shards of 16-bit tokens, one document per row, and the same rows as .npy. */
async function writeShards(dir: string, shards: number, count: number, length: number, npy: boolean): Promise<void> {
  mkdirSync(join(dir, "train"), { recursive: true });
  const set: SetFacts = {
    version: 1,
    layout: "packed",
    format: "safetensors",
    compression: "none",
    seq_len: length,
    packing: "concat",
    long_documents: "fragment",
    dtype: "uint16",
    tokenizer: { name: "bench", sha256: "0".repeat(64) },
    vocab_size: 60_000,
    pad_id: 0,
    sep_id: null,
    split_names: ["train"],
    split_shards: [shards],
    fingerprint: "bench",
  };
  const next = numbers(1);
  const ids = Uint16Array.from({ length: count * length }, () => next(60_000));
  const segments = new Uint16Array(count * length).fill(1);
  const shape = [count, length];
  const entries: Omit<ShardEntry, "id">[] = [];
  for (let number = 0; number < shards; number++) {
    ids[0] = number;
    const counts = { documents: count, padding_tokens: 0, truncated_tokens: 0, dropped_tokens: 0 };
    const facts: ShardFacts = {
      split: "train",
      number,
      seq_len: length,
      samples: count,
      tokens: count * length,
      ...counts,
      begins_inside: false,
      ends_inside: false,
      content_hash: String(number),
    };
    const tensors = [
      { name: "input_ids", dtype: "U16" as const, shape, data: ids },
      { name: "segment_ids", dtype: "U16" as const, shape, data: segments },
    ];
    const bytes = Buffer.concat([...safetensors.encode(tensors, metadataOf(set, facts))]);
    const name = `shard_${String(number).padStart(5, "0")}`;
    const path = `train/${name}.safetensors`;
    writeFileSync(join(dir, path), bytes);
    if (npy) writeFileSync(join(dir, "train", `${name}.npy`), npyOf(ids, count, length));
    entries.push({ path, bytes: bytes.length, hash: "", ...facts });
  }
  await writeShardIndex(dir, set, entries);
}

function npyOf(ids: Uint16Array, count: number, length: number): Uint8Array {
  const text = `{'descr': '<u2', 'fortran_order': False, 'shape': (${count}, ${length}), }`;
  const header = `\x93NUMPY\x01\x00v\x00${text.padEnd(117)}\n`;
  return Buffer.concat([Buffer.from(header, "latin1"), new Uint8Array(ids.buffer)]);
}

interface Pass {
  bytes: number;
  seconds: number;
  cpu: number;
}

interface Contestant {
  name: string;
  pass(): Promise<Pass>;
  end(): Promise<void>;
}

function ours(name: string, dir: string, options: LoaderOptions): Contestant {
  return {
    name,
    async pass() {
      const cpu = process.cpuUsage();
      const started = performance.now();
      using loader = await ShardLoader.open(dir, { batchSize: rows, reuse: true, ...options });
      const target = new Uint16Array(rows * SEQ_LEN);
      const segmentTarget = new Uint16Array(rows * SEQ_LEN);
      let bytes = 0;
      for await (const { input_ids: ids, segment_ids: segments } of loader) {
        target.set(ids);
        if (segments) segmentTarget.set(segments);
        bytes += ids.byteLength;
      }
      const { user, system } = process.cpuUsage(cpu);
      return { bytes, seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 };
    },
    end: async () => {},
  };
}

async function peer(name: string, kind: string, dir: string): Promise<Contestant> {
  const script = join(import.meta.dir, "peers/loader.py");
  const child = Bun.spawn([values.python, script, kind, join(dir, "train"), values.rows], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = linesOf(child.stdout);
  if ((await lines.next()).value !== "ready") throw new Error(`${name} did not start`);
  return {
    name,
    async pass() {
      child.stdin.write("\n");
      child.stdin.flush();
      return JSON.parse((await lines.next()).value as string) as Pass;
    },
    async end() {
      child.stdin.end();
      await child.exited;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

const round2 = (value: number) => Math.round(value * 100) / 100;

/** The best of a few times to the first batch, from an index alone, and from a state in the middle. */
async function timesToFirst(dir: string): Promise<{ openMs: number; resumeMs: number }> {
  const options: LoaderOptions = { batchSize: 8, shuffle: true };
  const first = async (state?: LoaderOptions["state"]) => {
    const started = performance.now();
    using loader = await ShardLoader.open(dir, { ...options, state });
    for await (const batch of loader) return { ms: performance.now() - started, state: batch.state };
    throw new Error("no batch");
  };
  const times = { openMs: Number.POSITIVE_INFINITY, resumeMs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < 3; i++) {
    const opened = await first();
    times.openMs = Math.min(times.openMs, opened.ms);
    times.resumeMs = Math.min(times.resumeMs, (await first({ ...opened.state, next: 40_000 })).ms);
  }
  return { openMs: Math.round(times.openMs), resumeMs: Math.round(times.resumeMs) };
}

const shards = Math.ceil((Number(values.megabytes) * 1e6) / (ROWS_OF_A_SHARD * SEQ_LEN * 2));
const large = join(folder, "large");
const many = join(folder, "many");
await writeShards(large, shards, ROWS_OF_A_SHARD, SEQ_LEN, true);
await writeShards(many, 10_000, 8, 64, false);

const idsOnly = { tensors: ["input_ids"] as const };
const contestants = [
  ours("mdp, in order", large, idsOnly),
  await peer("safetensors, in order", "safetensors", large),
  await peer("npy, in order", "npy", large),
  ours("mdp, shuffled", large, { ...idsOnly, shuffle: true }),
  ours("mdp, shuffled, new memory for each batch", large, { ...idsOnly, shuffle: true, reuse: false }),
  ours("mdp, shuffled, with segment_ids", large, { shuffle: true }),
  ours("mdp, shuffled, 2 workers", large, { ...idsOnly, shuffle: true, workers: 2, prefetch: 8 }),
  await peer("npy, shuffled", "npy-shuffled", large),
];
const passes = contestants.map((): Pass[] => []);
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [i, contestant] of contestants.entries()) passes[i]!.push(await contestant.pass());
}
for (const contestant of contestants) await contestant.end();
const report = contestants.map(({ name }, i) => ({
  name,
  gigabytesPerSecond: round2(Math.max(...passes[i]!.map(({ bytes, seconds }) => bytes / seconds / 1e9))),
  gigabytesPerCpuSecond: round2(Math.max(...passes[i]!.map(({ bytes, cpu }) => bytes / cpu / 1e9))),
}));
console.log(
  JSON.stringify(
    { cpu: cpus()[0]?.model, cores: cpus().length, contestants: report, tenThousandShards: await timesToFirst(many) },
    null,
    2,
  ),
);
rmSync(folder, { recursive: true });
