/** Goal: `mdp train --hosts 2` in mlx-lm's mode trains as two processes of mlx-lm do. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { freePorts } from "../../../src/train/distributed/hosts.ts";
import { readMetrics } from "../../../src/train/metrics.ts";
import { PYTHON } from "../../support/peers.ts";
import { mdp } from "../../support/project.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { type MlxLmLosses, writeRows } from "../../support/train-data.ts";
import { TempFolder } from "../../support/train-runs.ts";

/** Twenty batches of four rows: one epoch and a part of the next. */
const flags = (model: string, data: string, adapter: string) => [
  ...["--model", model, "--data", data, "--adapter-path", adapter, "--train"],
  ...["--iters", "20", "--steps-per-report", "1", "--steps-per-eval", "10", "--val-batches", "-1"],
  ...["--batch-size", "4", "--num-layers", "-1", "--learning-rate", "1e-3", "--save-every", "100", "--seed", "0"],
];

/** What two processes of mlx-lm report, joined over the ring by hand. */
async function mlxLmOfTwo(folder: string, args: readonly string[]): Promise<MlxLmLosses> {
  const hosts = join(folder, "hosts.json");
  writeFileSync(hosts, JSON.stringify(freePorts(2).map((port) => [`127.0.0.1:${port}`])));
  const root = join(import.meta.dir, "../../..");
  const environment = { LD_PRELOAD: ".mlx/lib/libmlx.so", MLX_DISABLE_COMPILE: "1", HF_HUB_OFFLINE: "1" };
  const outputs = await Promise.all(
    ["0", "1"].map(async (rank) => {
      const child = Bun.spawn([PYTHON, "test/parity/train_losses.py"], {
        cwd: root,
        env: { ...Bun.env, ...environment, MLX_HOSTFILE: hosts, MLX_RANK: rank },
        stdin: new Blob([JSON.stringify({ name: "two", args })]),
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      if ((await child.exited) !== 0) throw new Error(stderr);
      return stdout.split("\n").find((line) => line.startsWith("{"))!;
    }),
  );
  return JSON.parse(outputs[0]!) as MlxLmLosses;
}

const arraysOf = (path: string) =>
  mx.tidy(() => new Map([...mx.loadSafetensors(path).tensors].map(([name, array]) => [name, [...array.toFloat32()]])));

test("losses, validation and adapter of two processes are mlx-lm's", async () => {
  using folder = new TempFolder();
  const [model, data] = [await tinyModel("llama"), writeRows(join(folder.path, "data"))];
  const [own, theirs] = [join(folder.path, "own"), join(folder.path, "theirs")];
  const run = await mdp(["train", ...flags(model, data, own), "--compat", "mlx-lm", "--hosts", "2"]);
  expect({ code: run.code, stderr: run.code === 0 ? "" : run.stderr }).toEqual({ code: 0, stderr: "" });
  const expected = await mlxLmOfTwo(folder.path, flags(model, data, theirs));

  const metrics = readMetrics(join(own, "metrics.jsonl"));
  const train = metrics.flatMap((entry) => (entry.kind === "train" ? [entry] : []));
  expect(train.map(({ step, trained_tokens }) => [step, trained_tokens])).toEqual(
    expected.train.map(([step, , , tokens]) => [step, tokens]),
  );
  for (const [i, { loss }] of train.entries()) expect(Math.abs(loss - expected.train[i]![1])).toBeLessThan(2e-6);
  const validation = metrics.filter(({ kind }) => kind === "val");
  expect(validation).toHaveLength(expected.val.length);
  for (const [i, { loss }] of validation.entries()) expect(Math.abs(loss - expected.val[i]![1])).toBeLessThan(2e-6);

  const [ours, reference] = [own, theirs].map((path) => arraysOf(join(path, "adapters.safetensors")));
  expect([...ours!.keys()].sort()).toEqual([...reference!.keys()].sort());
  for (const [name, values] of reference!) {
    const gap = Math.max(...values.map((value, i) => Math.abs(value - ours!.get(name)![i]!)));
    expect({ name, near: gap < 1e-5 }).toEqual({ name, near: true });
  }
  expect(JSON.parse(readFileSync(join(own, "adapter_config.json"), "utf8"))).toMatchObject({ num_layers: -1 });
});

test("a batch that the processes cannot share evenly is refused by name", async () => {
  using folder = new TempFolder();
  const [model, data] = [await tinyModel("llama"), writeRows(join(folder.path, "data"))];
  const args = flags(model, data, join(folder.path, "own")).map((word) => (word === "4" ? "3" : word));
  const run = await mdp(["train", ...args, "--compat", "mlx-lm", "--hosts", "2"]);
  expect(run.code).toBe(2);
  expect(run.stderr.match(/batch_size is 3, which 2 processes cannot share evenly/g)).toHaveLength(1);
});
