/** Goal: a batch that several processes share trains the model as one process would, or as mlx-lm's processes do. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { parseHosts } from "../../../src/train/distributed/hosts.ts";
import { launchRanks } from "../../../src/train/distributed/launch.ts";
import { readMetrics } from "../../../src/train/metrics.ts";
import { type Logits, nextToken, type Objective } from "../../../src/train/objective.ts";
import { tinyModel } from "../../support/tiny-models.ts";
import { TempFolder, trainTiny } from "../../support/train-runs.ts";
import { globalBatch, sharedSettings, validationNumbers } from "./global-batch.ts";

await tinyModel("llama");

/** Losses by kind and step, tokens, and the trained arrays. */
function outcomeOf(path: string) {
  const losses = readMetrics(join(path, "metrics.jsonl")).map(({ kind, step, loss }) => ({
    at: `${kind} ${step}`,
    loss,
  }));
  const arrays = mx.tidy(() =>
    [...mx.loadSafetensors(join(path, "adapters.safetensors")).tensors]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, array]) => [...array.toFloat32()]),
  );
  return { losses, arrays };
}
type Outcome = ReturnType<typeof outcomeOf>;

async function trainedBy(world: number, compat: "mdp" | "mlx-lm"): Promise<Outcome & { files: string[] }> {
  using folder = new TempFolder();
  await launchRanks({
    hosts: await parseHosts(String(world)),
    command: [process.execPath, join(import.meta.dir, "training-program.ts"), compat, folder.path],
    onLine: () => {},
  });
  return { ...outcomeOf(folder.path), files: readdirSync(folder.path).sort() };
}

async function trainedAlone(
  compat: "mdp" | "mlx-lm",
  objective?: (logits: Logits) => Objective,
): Promise<Outcome & { files: string[] }> {
  using folder = new TempFolder();
  await trainTiny({
    adapterPath: folder.path,
    settings: { ...sharedSettings, compat },
    batch: globalBatch,
    validation: () => validationNumbers.map(globalBatch),
    ...(objective ? { objective } : {}),
  });
  return { ...outcomeOf(folder.path), files: readdirSync(folder.path).sort() };
}

/** The mean of the means of `parts` equal parts of a batch, whose numbers of tokens differ. */
const meanOfMeans =
  (parts: number) =>
  (logits: Logits): Objective => {
    const plain = nextToken(logits);
    return {
      ...plain,
      loss: (params, arrays, runLayer) => {
        const rows = arrays[0]!.shape[0]! / parts;
        const means = Array.from({ length: parts }, (_, part) => {
          const own = arrays.map((array) => mx.slice(array, [[part * rows, (part + 1) * rows]]));
          return plain.loss(params, own, runLayer);
        });
        return mx.mean(mx.stack(means));
      },
    };
  };

const largestGap = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

function gapOf(a: Outcome, b: Outcome): number {
  expect(a.losses.map(({ at }) => at)).toEqual(b.losses.map(({ at }) => at));
  const losses = ({ losses }: Outcome) => losses.map(({ loss }) => loss);
  return largestGap(losses(a), losses(b));
}

describe("each token weighs the same:", () => {
  test.each([2, 4])("%i processes have the losses and weights of one", async (world) => {
    const alone = await trainedAlone("mdp");
    const together = await trainedBy(world, "mdp");
    expect(gapOf(together, alone)).toBeLessThan(1e-5);
    expect(largestGap(together.arrays, alone.arrays)).toBeLessThan(1e-3);
    expect(together.files).toEqual(alone.files);
  });

  test("and the losses would be others if each process weighed the same", async () => {
    expect(gapOf(await trainedAlone("mdp"), await trainedAlone("mdp", meanOfMeans(2)))).toBeGreaterThan(1e-3);
  });
});

test("in mlx-lm's mode two processes train on the mean of their means", async () => {
  const together = await trainedBy(2, "mlx-lm");
  const trains = ({ losses, ...rest }: Outcome) => ({
    ...rest,
    losses: losses.filter(({ at }) => at.startsWith("train")),
  });
  expect(gapOf(trains(together), trains(await trainedAlone("mlx-lm", meanOfMeans(2))))).toBeLessThan(1e-5);
});
