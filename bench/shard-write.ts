/**
 * How fast token files become shards: `bun bench/shard-write.ts [million tokens]`. Planning, packing, hashing, writing
 * and fsync; MB of token ids per second of CPU time and of the clock, best of three, in memory (`/dev/shm`) where there
 * is such a place, so that the disk is not what is measured. Beside it what Python's libraries take for token ids that are
 * in memory already, without packing, hashing or fsync.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlanSettings, ShardPlan } from "../src/shard/plan/plan.ts";
import { planShards } from "../src/shard/plan/plan-shards.ts";
import { TokenFileWriter } from "../src/shard/staging/token-file-writer.ts";
import { finishShards } from "../src/shard/write/finish.ts";
import { type NewShard, writeShard } from "../src/shard/write/write-shard.ts";

const millions = Number(process.argv[2] ?? 50);
const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "mdp-bench-"));
const rounds = 3;
/** Interpreters that have the peers: safetensors, datatrove, mosaicml-streaming. */
const pythons = [".venv", ".venv-peers", ".venv-stream"].map((dir) => join(import.meta.dir, "..", dir, "bin/python"));

/** The same numbers on every machine. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Four files of documents with 600 tokens on average. */
async function tokenFiles(vocabSize: number): Promise<{ paths: string[]; tokens: number }> {
  const next = random(1);
  const pool = Uint32Array.from({ length: 1 << 16 }, () => Math.floor(next() ** 3 * vocabSize));
  const paths: string[] = [];
  let tokens = 0;
  for (let file = 0; file < 4; file++) {
    const path = join(root, `${vocabSize}-${file}.tokens`);
    const writer = await TokenFileWriter.create(path, { vocabSize });
    while (writer.tokens < (millions * 1e6) / 4) {
      const start = Math.floor(next() * 50_000);
      const length = Math.min(1 + Math.floor(-Math.log(1 - next()) * 600), pool.length - start);
      await writer.add(pool.subarray(start, start + length), { id: BigInt(writer.documents), split: +(next() > 0.95) });
    }
    tokens += writer.tokens;
    await writer.commit();
    paths.push(path);
  }
  return { paths, tokens };
}

async function writeAll(plan: ShardPlan): Promise<NewShard[]> {
  const entries: NewShard[] = [];
  for (let k = 0; k < plan.shards.length; k++) entries.push(await writeShard(plan, k));
  return entries;
}

/** Seconds of CPU time and of the clock. */
async function timed(work: () => Promise<unknown>): Promise<{ cpu: number; wall: number }> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - start) / 1e3 };
}

const settings: PlanSettings = {
  pack: true,
  seqLen: 2_048,
  packing: "best-fit",
  longDocuments: "fragment",
  shardFormat: "safetensors",
  compression: "none",
  maxShardSizeBytes: 1_000_000_000,
  maxTokensPerShard: 10_000_000,
  splitNames: ["train", "val"],
  tokenizer: { name: "bench", sha256: "" },
  vocabSize: 0,
  padId: 0,
  sepId: null,
  fingerprint: "bench",
};
const ways: Record<string, Partial<PlanSettings>> = {
  flat: { pack: false },
  "best-fit": {},
  concat: { packing: "concat" },
  dynamic: { packing: "dynamic" },
  "best-fit, npy": { shardFormat: "npy" },
  "best-fit, arrow": { shardFormat: "arrow" },
  "best-fit, zstd": { compression: "zstd" },
  "best-fit, lz4": { compression: "lz4" },
};

async function bench(vocabSize: number): Promise<void> {
  const { paths, tokens } = await tokenFiles(vocabSize);
  const megabytes = (tokens * (vocabSize > 65_536 ? 4 : 2)) / 1e6;
  console.log(
    `\n${(tokens / 1e6).toFixed(0)} M tokens, ${vocabSize > 65_536 ? "u32" : "u16"}, MB of token ids per second`,
  );
  console.log(
    `${"".padEnd(18)}${"CPU".padStart(8)}${"clock".padStart(8)}${"filled".padStart(9)}${"files MB".padStart(10)}`,
  );
  for (const [name, changed] of Object.entries(ways)) {
    let best = { cpu: Number.POSITIVE_INFINITY, wall: Number.POSITIVE_INFINITY };
    let note = "";
    for (let round = 0; round < (changed.compression ? 1 : rounds); round++) {
      const outDir = join(root, "out");
      mkdirSync(outDir);
      const spent = await timed(async () => {
        const plan = planShards({ tokenFiles: paths, settings: { ...settings, vocabSize, ...changed }, outDir });
        const index = await finishShards(plan, await writeAll(plan));
        const bytes = index.shards.reduce((sum, shard) => sum + shard.bytes, 0);
        note = `${(index.report.efficiency * 100).toFixed(2).padStart(7)} %${(bytes / 1e6).toFixed(0).padStart(10)}`;
      });
      best = { cpu: Math.min(best.cpu, spent.cpu), wall: Math.min(best.wall, spent.wall) };
      rmSync(outDir, { recursive: true });
    }
    const rate = (seconds: number) => (megabytes / seconds).toFixed(0).padStart(8);
    console.log(`${name.padEnd(18)}${rate(best.cpu)}${rate(best.wall)}${note}`);
  }
}

try {
  await bench(50_257);
  await bench(128_256);
  console.log("\nPython, u16 ids from memory: MB of token ids per second of CPU time");
  for (const python of pythons.filter((path) => existsSync(path))) {
    const script = join(import.meta.dir, "peers/shard_write.py");
    const { stdout, stderr } = Bun.spawnSync([python, script, String(millions / 2), root]);
    console.log(stdout.toString().trimEnd() || stderr.toString());
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
