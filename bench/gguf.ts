/**
 * Numbers per second of blocks of GGUF turned into float32, against the `gguf` package on NumPy.
 *
 * usage: bun bench/gguf.ts [--rounds 7] [--python PATH]
 * The two take turns, each warm, so that a ratio compares neighbours in time; user and system time together, over some
 * tens of milliseconds, since the kernel tells the two apart by the tick and shorter spans measure that. F32 is left
 * out: the package gives the same memory back. Prints one JSON object.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { dequantizeBlocks } from "../src/models/gguf/blocks.ts";
import { type TensorType, tensorBlocks } from "../src/models/gguf/format.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    python: { type: "string", default: join(resolve(import.meta.dir, ".."), ".venv/bin/python") },
  },
});
const TYPES: readonly TensorType[] = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"];
const NUMBERS = 4_194_304;
const CALLS = 8;

const peer = Bun.spawn([values.python, join(import.meta.dir, "peers/gguf_dequantize.py")], {
  stdin: "pipe",
  stdout: "pipe",
  stderr: "inherit",
});
const lines = peer.stdout.pipeThrough(new TextDecoderStream()).getReader();
let pending = "";

async function theirs(type: TensorType): Promise<number> {
  peer.stdin.write(`${type}\n`);
  await peer.stdin.flush();
  // A piece of a pipe need not be a line.
  while (!pending.includes("\n")) {
    const { value, done } = await lines.read();
    if (done) throw new Error("the gguf package's process has ended");
    pending += value;
  }
  const end = pending.indexOf("\n");
  const answer = Number(pending.slice(0, end));
  pending = pending.slice(end + 1);
  if (!(answer > 0)) throw new Error(`${type}: ${answer} is no time`);
  return answer;
}

/** Nanoseconds per number. */
function ours(type: TensorType): number {
  const { bytes, elements } = tensorBlocks[type];
  const data = new Uint8Array((NUMBERS / elements) * bytes).fill(0x31);
  let read = 0;
  const start = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) read += dequantizeBlocks(type, data)[NUMBERS - 1]!;
  const { user, system } = process.cpuUsage(start);
  if (!Number.isFinite(read) || user + system === 0) throw new Error(`${type} gave no numbers, or no time`);
  return ((user + system) * 1000) / CALLS / NUMBERS;
}

const result: Record<string, object> = {};
for (const type of TYPES) {
  const times: [number, number][] = [];
  for (let round = -2; round < Number(values.rounds); round++) {
    const pair: [number, number] = [ours(type), await theirs(type)];
    if (round >= 0) times.push(pair);
  }
  const best = (which: 0 | 1) => Math.min(...times.map((pair) => pair[which]));
  const ratios = times.map(([own, other]) => other / own).sort((a, b) => a - b);
  result[type] = {
    mdpMillionsPerSecond: Math.round(1000 / best(0)),
    ggufMillionsPerSecond: Math.round(1000 / best(1)),
    medianRatio: Number(ratios[ratios.length >> 1]!.toFixed(2)),
    ratios: [ratios[0]!, ratios.at(-1)!].map((ratio) => Number(ratio.toFixed(2))),
  };
}
peer.stdin.end();
await peer.exited;
console.log(JSON.stringify(result, null, 1));
