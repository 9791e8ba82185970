/**
 * Converting a model: time and memory of whole commands beside mlx-lm's, best of two each.
 *
 * usage: bun bench/convert.ts [--layers 8] [--width 1024]
 * The model is a llama with random float32 weights. mlx-lm runs from .venv on the same MLX library, without its run-time
 * compiler, which neither needs here. Memory is the largest resident set of the process.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as mx from "../src/mlx/index.ts";
import { KeySequence } from "../src/mlx/nn/index.ts";
import { plannedArray } from "../src/models/convert/safetensors-file.ts";
import { writeTensorFile } from "../src/models/convert/tensor-file.ts";
import { loadDecoderArchitecture } from "../src/models/index.ts";
import { mdpCommand } from "../test/support/project.ts";
import { tinyModel } from "../test/support/tiny-models.ts";
import { peerEnvironment, venvPython } from "./support/mlx-lm.ts";

const { values } = parseArgs({
  options: { layers: { type: "string", default: "8" }, width: { type: "string", default: "1024" } },
});
const RUNS = 2;
const root = mkdtempSync(join(tmpdir(), "mdp-bench-convert-"));
const model = join(root, "model");

try {
  await makeModel(Number(values.layers), Number(values.width));
  const packed = join(root, "packed");
  await run(mdpCommand(["model", "convert", "--model", model, "--mlx-path", packed, "-q"]));
  console.log(`${(statSync(join(model, "model.safetensors")).size / 1e6).toFixed(0)} MB of float32 weights`);
  await compare("-q (affine, 4 bits)", model, ["-q"]);
  await compare("-q --q-mode mxfp4", model, ["-q", "--q-mode", "mxfp4"]);
  await compare("--dtype bfloat16", model, ["--dtype", "bfloat16"]);
  await compare("-d (from 4 bits)", packed, ["-d"]);
} finally {
  rmSync(root, { recursive: true });
}

interface Used {
  seconds: number;
  cpu: number;
  bytes: number;
}

async function compare(name: string, from: string, flags: readonly string[]): Promise<void> {
  const place = join(root, "out");
  const ours = await best(place, mdpCommand(["model", "convert", "--model", from, "--mlx-path", place, ...flags]));
  const peer = [venvPython, "-m", "mlx_lm", "convert", "--hf-path", from, "--mlx-path", place, ...flags];
  const theirs = await best(place, peer, peerEnvironment());
  const side = ({ seconds, cpu, bytes }: Used) =>
    `${seconds.toFixed(2)} s (${cpu.toFixed(2)} s CPU), ${(bytes / 1e6).toFixed(0)} MB`;
  const ratios = `${(theirs.seconds / ours.seconds).toFixed(2)}× as fast, ${(ours.bytes / theirs.bytes).toFixed(2)}× the memory`;
  console.log(`${name}: mdp ${side(ours)}; mlx-lm ${side(theirs)}; ${ratios}`);
}

async function best(place: string, command: readonly string[], env?: Record<string, string>): Promise<Used> {
  const runs: Used[] = [];
  for (let i = 0; i < RUNS; i++) {
    rmSync(place, { recursive: true, force: true });
    runs.push(await run(command, env));
  }
  const least = (value: (one: Used) => number) => Math.min(...runs.map(value));
  return { seconds: least((one) => one.seconds), cpu: least((one) => one.cpu), bytes: least((one) => one.bytes) };
}

async function run(command: readonly string[], env?: Record<string, string>): Promise<Used> {
  const start = performance.now();
  const child = Bun.spawn([...command], { stdio: ["ignore", "ignore", "pipe"], ...(env ? { env } : {}) });
  const [errors, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(errors);
  const used = child.resourceUsage()!;
  return { seconds: (performance.now() - start) / 1000, cpu: Number(used.cpuTime.total) / 1e6, bytes: used.maxRSS };
}

async function makeModel(layers: number, width: number): Promise<void> {
  const config = {
    model_type: "llama",
    hidden_size: width,
    intermediate_size: Math.ceil((width * 8) / 3 / 256) * 256,
    num_hidden_layers: layers,
    num_attention_heads: width / 64,
    vocab_size: 32_000,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: false,
    eos_token_id: 2,
  };
  mkdirSync(model);
  writeFileSync(join(model, "config.json"), JSON.stringify(config));
  const tiny = await tinyModel("llama");
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) copyFileSync(join(tiny, name), join(model, name));
  const decoder = (await loadDecoderArchitecture("llama", model))(config, model);
  using keys = new KeySequence(0);
  const weights = Object.entries(decoder.shapes()).map(([name, shape]): [string, mx.MlxArray] => [
    name,
    mx.random.normal(keys.next(), shape, { std: 0.02 }),
  ]);
  await writeTensorFile(
    join(model, "model.safetensors"),
    weights.map(([name, array]) => plannedArray(name, array)),
  );
}
