/** `mdp train-preferences` through the real entry: a model learns to prefer, goes on, and is shared by processes. */
import { expect, test } from "bun:test";
import { mdp, TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

const row = (i: number) =>
  JSON.stringify({ prompt: `fox ${i}?`, chosen: `quick fox ${i}`, rejected: `lazy dog ${i % 3}` });
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i)).join("\n");
const flags = async (...more: string[]) => [
  ...["train-preferences", "--model", await tinyModel("llama"), "--data", ".", "--adapter-path", "adapter"],
  ...["--iters", "12", "--batch-size", "4", "--learning-rate", "2e-3", "--num-layers", "-1", "--seed", "1"],
  ...["--steps-per-report", "1", "--steps-per-eval", "6", "--beta", "0.5"],
  ...more,
];
const project = () => new TempProject({ "train.jsonl": rows(0, 24), "valid.jsonl": rows(24, 32) });
const lossesOf = async (folder: TempProject) =>
  (await Bun.file(folder.path("adapter/metrics.jsonl")).text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; step: number; loss: number });

test("begins at ln 2, ends with the validation pairs preferred, and an interrupted run goes on to the same end", async () => {
  using folder = project();
  const run = await folder.run(...(await flags("--json")));
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
  const report = JSON.parse(run.stdout);
  expect(report).toMatchObject({ steps: 12, pairs: 24, scores: { accuracy: 1 } });
  expect(report.scores.margin).toBeGreaterThan(0.5);
  const losses = await lossesOf(folder);
  expect(losses[0]).toMatchObject({ kind: "val", step: 0, loss: expect.closeTo(Math.LN2, 4) });
  expect(report.scores.loss).toBeLessThan(0.5);

  using parts = project();
  await parts.run(...(await flags("--iters", "5")));
  const rest = await parts.run(...(await flags("--resume", "--json")));
  expect(JSON.parse(rest.stdout).scores).toEqual(report.scores);

  parts.write("train.jsonl", rows(0, 24).replace("quick", "thick"));
  const changed = await parts.run(...(await flags("--resume", "--iters", "14")));
  expect(changed.code).toBe(1);
  expect(changed.stderr).toContain("train.jsonl is not the same as when the checkpoint was made");
});

test("two processes have the losses of one", async () => {
  using alone = project();
  using shared = project();
  const options = ["--optimizer", "sgd", "--learning-rate", "0.01"];
  expect((await alone.run(...(await flags(...options)))).code).toBe(0);
  expect((await shared.run(...(await flags(...options, "--hosts", "2")))).code).toBe(0);
  const [one, two] = [await lossesOf(alone), await lossesOf(shared)];
  expect(two.map(({ kind, step }) => `${kind} ${step}`)).toEqual(one.map(({ kind, step }) => `${kind} ${step}`));
  for (const [i, { loss }] of one.entries()) expect(Math.abs(loss - two[i]!.loss)).toBeLessThan(1e-5);
});

test.each([
  [["--beta", "0"], "trainPreferences.beta cannot be 0: above 0"],
  [["--preference-loss", "kto"], "trainPreferences.preferenceLoss must be sigmoid, ipo or hinge"],
  [["--label-smoothing", "0.5"], "trainPreferences.labelSmoothing cannot be 0.5: below 0.5"],
  [["--model", "m", "--data", ".", "--label-smoothing", "0.1", "--preference-loss", "ipo"], "does nothing with ipo"],
  [["--model", "m", "--data", ".", "--compat", "mlx-lm"], "mlx-lm has no training on preferences"],
])("%j is a usage error", async (args, message) => {
  const { code, stderr } = await mdp(["train-preferences", ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});
