/** Rows to batches, against mlx-lm's loader: `bun bench/train-data.ts [rows]`. CPU seconds of the process, one epoch. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTrainData } from "../src/train/data/index.ts";
import { python } from "../test/support/peers.ts";
import { tinyModel } from "../test/support/tiny-models.ts";
import { dataOptions } from "../test/support/train-data.ts";

const rows = Number(process.argv[2] ?? 20_000);
const batchSize = 8;
const words = "the quick brown fox jumps over lazy dog and says hello world number".split(" ");

/** Lengths as of answers: many short, some long. */
const textOf = (row: number) => {
  const length = 8 + Math.floor(400 * (((row * 7919) % 1009) / 1009) ** 3);
  return Array.from({ length }, (_, i) => words[(row * 31 + i * i * 7) % words.length]).join(" ");
};
const kinds = {
  text: (row: number) => ({ text: textOf(row) }),
  completions: (row: number) => ({ prompt: `number ${row}?`, completion: textOf(row) }),
};

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function ours(model: string, dir: string) {
  const start = cpuSeconds();
  using data = await openTrainData(await dataOptions(model, dir, { batchSize }));
  using source = await data.training();
  const opened = cpuSeconds();
  let cells = 0;
  let tokens = 0;
  for (let done = 0; done < rows; ) {
    const batch = await source.next();
    done += batch.rows;
    cells += batch.targets.length;
    for (const counted of batch.targets) tokens += counted;
  }
  return { open: opened - start, epoch: cpuSeconds() - opened, cells, tokens };
}

const model = await tinyModel("llama");
const dir = mkdtempSync(join(tmpdir(), "mdp-bench-rows-"));
try {
  for (const [kind, row] of Object.entries(kinds)) {
    writeFileSync(join(dir, "train.jsonl"), Array.from({ length: rows }, (_, i) => JSON.stringify(row(i))).join("\n"));
    const [line] = await python("bench/peers/mlx_lm_batches.py", [model, dir, String(batchSize)], "");
    const peer = JSON.parse(line!) as Awaited<ReturnType<typeof ours>>;
    const own = await ours(model, dir);
    const padding = ({ cells, tokens }: typeof own) => `${((100 * (cells - tokens)) / cells).toFixed(1)} %`;
    const speed = ({ tokens, open, epoch }: typeof own) => tokens / (open + epoch);
    console.log(`${kind}, ${rows} rows in batches of ${batchSize}`);
    console.log(`  open    mdp ${own.open.toFixed(2)} s  mlx-lm ${peer.open.toFixed(2)} s`);
    console.log(`  epoch   mdp ${own.epoch.toFixed(2)} s  mlx-lm ${peer.epoch.toFixed(2)} s`);
    console.log(`  tokens per CPU second: ${(speed(own) / speed(peer)).toFixed(2)}× mlx-lm's`);
    console.log(
      `  padding mdp ${padding(own)}  mlx-lm ${padding(peer)}; cells ${(own.cells / peer.cells).toFixed(2)}×`,
    );
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
