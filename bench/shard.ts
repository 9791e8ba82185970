/**
 * The whole way from files to shards and back: `bun bench/shard.ts CORPUS --tokenizer FILE [--workers 1,2]
 * [--preset small] [--keep OUT]`. Prints bytes per second, processor time and peak memory of the process tree for each
 * number of workers, and the ratio between them. bench/corpus.sh makes a corpus of 2 GB.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { PrepareReport } from "../src/pipelines/prepare.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tokenizer: { type: "string" },
    workers: { type: "string", default: "1,2" },
    preset: { type: "string", default: "small" },
    keep: { type: "string" },
  },
});
const [corpus] = positionals;
if (corpus === undefined || values.tokenizer === undefined) {
  console.error("usage: bun bench/shard.ts CORPUS --tokenizer FILE [--workers 1,2] [--preset small] [--keep OUT]");
  process.exit(2);
}
const binary = process.env.MDP_BIN ?? join(import.meta.dir, "..", "mdp");

/** Memory in bytes of a process and all below it; pages that several share count once. */
function treeBytes(pid: number): number {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const own = (id: number): number => {
    try {
      const text = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
      return 1_024 * Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      return 0;
    }
  };
  const below = (id: number): number => own(id) + (parents.get(id) ?? []).reduce((sum, child) => sum + below(child), 0);
  return below(pid);
}

interface Outcome {
  report: PrepareReport;
  seconds: number;
  cpuSeconds: number;
  /** Peaks over the whole run, and over its first and second half: they are alike when memory is flat. */
  peaks: [whole: number, first: number, second: number];
}

async function run(workers: string, out: string): Promise<Outcome> {
  const args = ["shard", corpus!, "--out", out, "--pack", "--seq-len", "2048", "--preset", values.preset];
  const started = performance.now();
  const child = Bun.spawn([binary, ...args, "--tokenizer", values.tokenizer!, "--workers", workers, "--json"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const sizes: number[] = [];
  const watch = setInterval(() => sizes.push(treeBytes(child.pid)), 200);
  const text = await child.stdout.text();
  await child.exited;
  clearInterval(watch);
  const usage = child.resourceUsage()!;
  const half = sizes.length >> 1;
  return {
    report: JSON.parse(text) as PrepareReport,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: Number(usage.cpuTime.total) / 1e6,
    peaks: [Math.max(...sizes), Math.max(...sizes.slice(0, half)), Math.max(...sizes.slice(half))],
  };
}

const work = mkdtempSync(join(tmpdir(), "mdp-bench-"));
const seconds: number[] = [];
try {
  for (const workers of values.workers.split(",")) {
    const out = values.keep === undefined ? join(work, `out${workers}`) : `${values.keep}${workers}`;
    const { report, seconds: time, cpuSeconds, peaks } = await run(workers, out);
    seconds.push(time);
    const mb = report.inputs.bytes / 1e6;
    const stages = Object.entries(report.seconds).map(([stage, value]) => `${stage} ${value.toFixed(1)}`);
    console.log(`${workers} workers: ${(mb / time).toFixed(1)} MB/s, ${time.toFixed(1)} s (${stages.join(", ")})`);
    console.log(`  coordinator and ended workers: ${cpuSeconds.toFixed(1)} s of processor time`);
    console.log(
      `  peak memory ${peaks.map((bytes) => Math.round(bytes / 1e6)).join(" / ")} MB (whole, first, second half)`,
    );
    const { documents, kept, dropped, duplicates, tokens, samples, shards, packing } = report;
    console.log(`  ${JSON.stringify({ documents, kept, dropped, duplicates, tokens, samples, shards, packing })}`);
    if (values.keep === undefined) rmSync(out, { recursive: true, force: true });
  }
  if (seconds.length > 1) console.log(`ratio ${(seconds[0]! / seconds.at(-1)!).toFixed(2)}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
