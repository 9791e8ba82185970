/** `mdp train` through the real entry: mlx-lm's command lines, Ctrl-C, kill -9, a full disk, and mistakes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readMetrics } from "../../src/train/metrics.ts";
import { numbers } from "../support/corpus.ts";
import { untilSeen } from "../support/progress.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";
import { writeRows } from "../support/train-data.ts";
import { mdpOnTty } from "./tty.ts";

const project = new TempProject();
let model: string;
let testLoss: number;
beforeAll(async () => {
  model = await tinyModel("llama");
  writeRows(project.path("data"));
});
afterAll(() => project[Symbol.dispose]());

/** A small run with a checkpoint every third step. */
const small = (adapterPath: string, ...more: string[]) => [
  ...["train", "--model", model, "--data", "data", "--adapter-path", adapterPath, "--num-layers", "-1"],
  ...["--iters", "60", "--batch-size", "2", "--learning-rate", "1e-3", "--save-every", "3", "--steps-per-report", "5"],
  ...["--steps-per-eval", "20", "--val-batches", "2", ...more],
];

function start(args: readonly string[], limited = "") {
  const command = mdpCommand(args);
  return Bun.spawn(limited ? ["bash", "-c", `${limited}; exec "$@"`, "bash", ...command] : command, {
    cwd: project.dir,
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
}

/** Resolves when the run has written a checkpoint, or has ended. */
async function firstCheckpoint(adapterPath: string, child: Bun.Subprocess): Promise<void> {
  const root = project.path(join(adapterPath, "checkpoints"));
  const written = () => existsSync(root) && readdirSync(root).some((name) => /^\d+$/.test(name));
  while (!written() && child.exitCode === null) await Bun.sleep(1);
}

/** Starts a run and stops it by Ctrl-C when it has written a checkpoint; anew as long as it is quicker than that. */
async function stopped(adapterPath: string, ...more: string[]): Promise<{ code: number; stderr: string }> {
  for (;;) {
    rmSync(project.path(adapterPath), { recursive: true, force: true });
    const child = start(small(adapterPath, ...more));
    await firstCheckpoint(adapterPath, child);
    child.kill("SIGINT");
    const [code, stderr] = [await child.exited, await child.stderr.text()];
    if (code !== 0) return { code, stderr };
  }
}

const adapterOf = (path: string) => readFileSync(project.path(join(path, "adapters.safetensors"))).toString("base64");
const lossesOf = (path: string) =>
  readMetrics(project.path(join(path, "metrics.jsonl"))).map(({ kind, step, loss }) => ({ kind, step, loss }));

describe("mdp train", () => {
  test("runs mlx-lm's own command line, and prints one object with --json", async () => {
    const args = ["--model", model, "--train", "--data", "data", "--iters", "20", "--steps-per-report", "1"];
    const more = ["--steps-per-eval", "10", "--val-batches", "-1", "--batch-size", "4", "--num-layers", "-1"];
    const rest = ["--learning-rate", "1e-3", "--save-every", "10", "--seed", "0", "--adapter-path", "ad1", "--test"];
    const run = await project.run("train", ...args, ...more, ...rest, "--compat", "mlx-lm", "--json");
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(run.stdout);
    expect(report).toMatchObject({ adapterPath: "ad1", steps: 20, stoppedEarly: false });
    const metrics = readMetrics(project.path("ad1/metrics.jsonl"));
    expect(metrics.map(({ kind, step }) => `${kind} ${step}`)).toEqual(
      Array.from({ length: 20 }, (_, i) => [
        ...([1, 10, 20].includes(i + 1) ? [`val ${i}`] : []),
        `train ${i + 1}`,
      ]).flat(),
    );
    expect(report.loss).toBe(metrics.at(-1)!.loss);
    testLoss = report.test.loss;
    expect(testLoss).toBeLessThan(metrics[0]!.loss);
    expect(readdirSync(project.path("ad1")).sort()).toEqual([
      "0000010_adapters.safetensors",
      "0000020_adapters.safetensors",
      "adapter_config.json",
      "adapters.safetensors",
      "best",
      "checkpoints",
      "loss.svg",
      "metrics.jsonl",
    ]);
  });

  test("--test alone measures the adapter that is there", async () => {
    const run = await project.run(
      ...["train", "--model", model, "--data", "data", "--test", "--adapter-path", "ad1", "--compat", "mlx-lm"],
    );
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 0, stdout: "" });
    expect(run.stderr).toContain(`Test loss ${testLoss.toFixed(3)}, Test ppl ${Math.exp(testLoss).toFixed(3)}.`);
    const without = (path: string) => ["train", "--model", model, "--data", "data", "--test", "--adapter-path", path];
    const none = await project.run(...without("no-adapter"));
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/^error: .+ no adapter to measure\n {2}in: {3}no-adapter\n {2}hint: add --train, or /);
    const alone = await project.run(...without(""), "--json");
    expect(JSON.parse(alone.stdout)).toMatchObject({ adapterPath: "", trainedParameters: 0 });
  });

  test("takes flags before --config, and that before mdp.yaml", async () => {
    using own = new TempProject({
      "mdp.yaml": "train:\n  iters: 9\n  loraRank: 9\n  batchSize: 3\n",
      "c.yaml": `model: ${model}\ndata: data\niters: 7\nlearning_rate: 1e-4\nlora_parameters:\n  rank: 4\n  scale: 10\n  dropout: 0\n`,
    });
    writeRows(own.path("data"));
    const run = await own.run("train", "-c", "c.yaml", "--iters", "2", "--num-layers", "1", "--json");
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const config = JSON.parse(readFileSync(own.path("adapters/adapter_config.json"), "utf8"));
    expect(config).toMatchObject({ iters: 2, batch_size: 3, learning_rate: 1e-4, num_layers: 1 });
    expect(config.lora_parameters).toEqual({ rank: 4, scale: 10, dropout: 0 });
  });

  test("shows report lines, and on a terminal a line of progress with what is left", async () => {
    const plain = await project.run(...small("plain", "--iters", "10"));
    expect(plain.stdout).toBe("");
    expect(plain.stderr).toMatch(/^Trainable parameters: \d+\.\d+% \(0\.\d+M\/0\.\d+M\)\nMemory, estimated for 2 rows/);
    expect(plain.stderr).toMatch(/\nIter 0: Val loss \d\.\d{3}, Val took \d+\.\d{3}s\n/);
    expect(plain.stderr).toMatch(
      /\nIter 10: Train loss \d\.\d{3}, Learning Rate 1\.000e-3, It\/sec [\d.]+, Tokens\/sec [\d.]+, Trained Tokens \d+, /,
    );
    const tty = await mdpOnTty(small("tty", "--iters", "40"), { cwd: project.dir, columns: 120 });
    expect(tty.code).toBe(0);
    expect(tty.screen).toMatch(/step \d+\/40 · loss \d\.\d{3} · lr 1\.00e-3 · [\d,]+ tokens\/s · [\d.]+ MB/);
  });

  test.each([
    ["an unknown key of the settings file", ["-c", "bad.yaml"], 2, 'unknown key "itres"'],
    ["a settings file that is not there", ["-c", "none.yaml"], 2, "there is no file none.yaml"],
    ["no model", ["--data", "data"], 2, "mdp train needs --model"],
    ["two methods", ["--model", "m", "--data", "d", "--method", "full", "--fine-tune-type", "lora"], 2, "contradict"],
    ["an unknown method", ["--model", "m", "--data", "d", "--method", "loar"], 2, "--method"],
    ["an unknown flag", ["--itres", "3"], 2, "did you mean --iters"],
  ])("refuses %s", async (_, args, code, message) => {
    project.write("bad.yaml", "itres: 3\n");
    const run = await project.run("train", ...args);
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  test("says that rows are missing, and that there is nothing to resume", async () => {
    const missing = await project.run("train", "--model", model, "--data", "nowhere");
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/error: .+\n {2}in: .*nowhere.*\n {2}hint: /);
    const nothing = await project.run(...small("nothing", "--resume"));
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain("no checkpoint");
    const other = await project.run(...small("plain", "--resume", "--seed", "5"));
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("the checkpoint was made with seed 0, now it is 5");
  });
});

describe("mdp train --hosts", () => {
  test("has the losses of one process with the same rows, and writes the same files", async () => {
    const args = (path: string) => [
      ...small(path, "--iters", "12", "--batch-size", "4"),
      "--grad-accumulation-steps",
      "2",
    ];
    expect((await project.run(...args("one"))).code).toBe(0);
    const two = await project.run(...args("two"), "--hosts", "2", "--hang-seconds", "60");
    expect(two.code).toBe(0);
    expect(two.stderr.match(/Iter 0: Val/g)).toHaveLength(1);
    const [one, both] = [lossesOf("one"), lossesOf("two")];
    expect(both.map(({ kind, step }) => [kind, step])).toEqual(one.map(({ kind, step }) => [kind, step]));
    for (const [i, { loss }] of both.entries()) expect(Math.abs(loss - one[i]!.loss)).toBeLessThanOrEqual(1e-5);
    expect(readdirSync(project.path("two")).sort()).toEqual(readdirSync(project.path("one")).sort());
  });

  test("stops at Ctrl-C with a checkpoint of all processes, from which --resume goes on", async () => {
    expect((await project.run(...small("ranks", "--iters", "24", "--hosts", "2"))).code).toBe(0);
    expect(await stopped("ranks-stopped", "--iters", "24", "--hosts", "2")).toMatchObject({ code: 130 });
    expect((await project.run(...small("ranks-stopped", "--iters", "24", "--hosts", "2", "--resume"))).code).toBe(0);
    expect(adapterOf("ranks-stopped")).toBe(adapterOf("ranks"));
    expect(lossesOf("ranks-stopped")).toEqual(lossesOf("ranks"));
  });
});

describe("an interrupted mdp train", () => {
  beforeAll(async () => {
    expect((await project.run(...small("whole", "--lora-dropout", "0.1"))).code).toBe(0);
  });

  test("by Ctrl-C writes a checkpoint, says how to go on, exits 130, and --resume ends as a whole run", async () => {
    const { code, stderr } = await stopped("stopped", "--lora-dropout", "0.1");
    expect(code).toBe(130);
    expect(stderr).toMatch(/the checkpoint of step \d+ is written.+--resume goes on/);
    const again = await project.run(...small("stopped", "--lora-dropout", "0.1", "--resume"));
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toMatch(/Going on from step \d+/);
    expect(adapterOf("stopped")).toBe(adapterOf("whole"));
    expect(lossesOf("stopped")).toEqual(lossesOf("whole"));
  });

  test("by kill -9 at any moment goes on from its last checkpoint and ends as a whole run", async () => {
    const next = numbers(6);
    let kills = 0;
    for (let ended = false; kills === 0 || (kills < 4 && !ended); ) {
      // One that nobody could kill in time shows nothing, and is begun anew.
      if (kills === 0) rmSync(project.path("killed"), { recursive: true, force: true });
      const child = start(small("killed", "--lora-dropout", "0.1", ...(kills === 0 ? [] : ["--resume"])));
      await firstCheckpoint("killed", child);
      // Somewhere within the next two checkpoints.
      await untilSeen(project.path("killed"), child, (await untilSeen(project.path("killed"), child, 0)) + next(12));
      child.kill("SIGKILL");
      await child.exited;
      ended = child.exitCode === 0;
      if (!ended) kills++;
    }
    expect((await project.run(...small("killed", "--lora-dropout", "0.1", "--resume"))).code).toBe(0);
    expect(adapterOf("killed")).toBe(adapterOf("whole"));
    expect(lossesOf("killed")).toEqual(lossesOf("whole"));
  });

  test("by a full disk names the checkpoint that could not be written and keeps the one before", async () => {
    expect((await project.run(...small("full", "--lora-dropout", "0.1", "--iters", "6"))).code).toBe(0);
    // A limit on the size of any one file stands in for a full disk.
    const child = start(small("full", "--lora-dropout", "0.1", "--resume"), "trap '' XFSZ; ulimit -f 40");
    expect(await child.exited).toBe(1);
    expect(await child.stderr.text()).toMatch(
      /error: the checkpoint of step 9 could not be written(?:.|\n)+hint: .*--resume/,
    );
    expect(readdirSync(project.path("full/checkpoints"))).toEqual(["0000006"]);
    expect((await project.run(...small("full", "--lora-dropout", "0.1", "--resume"))).code).toBe(0);
    expect(adapterOf("full")).toBe(adapterOf("whole"));
  });
});
