/** `mdp train-embedder` through the real entry: a report, a model, and refusals that name the flag. */
import { expect, test } from "bun:test";
import { madeUpDomain } from "../support/made-up-domain.ts";
import { TempProject } from "../support/project.ts";

const lines = madeUpDomain()
  .slice(0, 6)
  .map((row) => JSON.stringify(row));

test("trains, reports as JSON, counts bad lines in the exit code, and the model embeds", async () => {
  using folder = new TempProject({ "pairs.jsonl": [...lines, '{"anchor": 3}'].join("\n") });
  const flags = ["--out", "model", "--batch-size", "4", "--learning-rate", "1e-5", "--hold-out", "0.34", "--symmetric"];
  const run = await folder.run("train-embedder", "pairs.jsonl", ...flags, "--json");
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({
    rows: 4,
    heldOut: 2,
    rejects: 1,
    steps: 1,
    failures: [{ message: "anchor: Invalid type: Expected string but received 3" }],
    before: { anchors: 2 },
    after: { anchors: 2 },
  });
  const embedded = await folder.run("embed", "pairs.jsonl", "--model", "./model", "--out", "v.npy", "--json");
  expect(embedded.code).toBe(0);
  expect(JSON.parse(embedded.stdout)).toMatchObject({ dimension: 384, model: "model" });
});

test.each([
  [["pairs.jsonl"], "needs a file of pairs and --out"],
  [["pairs.jsonl", "--out", "m", "--batch-size", "1"], "trainEmbedder.batchSize cannot be 1: at least 2"],
  [["pairs.jsonl", "--out", "m", "--temperature", "0"], "trainEmbedder.temperature cannot be 0: above 0"],
  [["pairs.jsonl", "--out", "m", "--epochs", "many"], 'trainEmbedder.epochs must be a whole number, not "many"'],
  [["pairs.jsonl", "--out", "m", "--hold-out", "1"], "trainEmbedder.holdOut cannot be 1: at most 0.9"],
])("%j is a usage error", async (args, message) => {
  using folder = new TempProject({ "pairs.jsonl": lines.join("\n") });
  const { code, stderr } = await folder.run("train-embedder", ...args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});
