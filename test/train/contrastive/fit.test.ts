/** Goal: an encoder is trained by the gradients that torch computes, and moves as torch's AdamW moves it. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { withoutApproximations } from "../../../src/mlx/nn/approximations.ts";
import { flattenParams, gelu, multiHeadAttention, replaceParams } from "../../../src/mlx/nn/index.ts";
import { createOptimizer } from "../../../src/mlx/optim/index.ts";
import { readModelFolder } from "../../../src/models/folder.ts";
import { loadArchitecture } from "../../../src/models/index.ts";
import { loadParams } from "../../../src/models/load.ts";
import { parseTokenizer } from "../../../src/tokenizers/load.ts";
import { arraysOf, contrastiveLoss } from "../../../src/train/contrastive/fit.ts";
import type { ContrastiveRow } from "../../../src/train/contrastive/rows.ts";
import { singleReducer } from "../../../src/train/distributed/reducer.ts";
import { Stepper } from "../../../src/train/step.ts";
import { MODEL_DIR } from "../../support/peers.ts";

interface Golden {
  rows: { anchor: string; positive: string; negative: string }[];
  rate: number;
  decay: number;
  temperature: number;
  /** Before the first step, and after each. */
  losses: number[];
  /** By parameter: length, and product with cos(1), cos(2), … */
  gradients: Record<string, [norm: number, product: number]>;
}

const golden: Golden = await Bun.file(join(import.meta.dir, "../../../fixtures/golden/contrastive.json")).json();
const rows: ContrastiveRow[] = golden.rows.map(({ negative, ...row }) => ({ ...row, negatives: [negative] }));
const folder = await readModelFolder(MODEL_DIR, "all-MiniLM-L6-v2");
const encoder = (await loadArchitecture(folder.modelType, folder.configPath))(folder.config, folder.configPath);
const tokenizer = parseTokenizer(await Bun.file(folder.tokenizerPath).text(), folder.tokenizerPath);
const model = { folder, encoder, tokenizer, maxTokens: folder.maxTokens };
const loss = contrastiveLoss(model, { temperature: golden.temperature, symmetric: false });
const params = loadParams(encoder, folder.weightFiles);
afterAll(() => mx.disposeAll(params));

test("loss and gradients of every parameter are torch's", () => {
  const trained = flattenParams(params);
  expect(trained.map(([path]) => path).sort()).toEqual(Object.keys(golden.gradients).sort());
  using gradients = mx.valueAndGrad(
    (arrays) => {
      const named = trained.map(([path], i) => [path, arrays[i]!] as const);
      return [loss(replaceParams(params, named), arrays.slice(trained.length), undefined)];
    },
    trained.map((_, i) => i),
  );
  const measured = mx.tidy(() => {
    const inputs = [...trained.map(([, array]) => array), ...arraysOf(model, rows)];
    const found = withoutApproximations(() => gradients.apply(inputs));
    const numbers = found.gradients.map((gradient) => {
      const direction = mx.cos(mx.arange(1, gradient.size + 1, 1, "float32"));
      const flat = mx.reshape(gradient, [-1]);
      return [Number(mx.sqrt(mx.sum(mx.square(flat))).item()), Number(mx.sum(mx.multiply(flat, direction)).item())];
    });
    return { value: Number(found.values[0]!.item()), numbers };
  });
  expect(Math.abs(measured.value - golden.losses[0]!)).toBeLessThan(1e-5);
  const errors = trained.map(([path], i) => {
    const [norm, product] = golden.gradients[path]!;
    const [ownNorm, ownProduct] = measured.numbers[i] as [number, number];
    // A bias of keys moves all scores of a row alike: its gradient is rounding, and nothing else.
    const floor = 1e-5;
    return { path, error: Math.max(Math.abs(norm - ownNorm), Math.abs(product - ownProduct)) / (norm + floor) };
  });
  const meaningful = errors.filter(({ path }) => !path.endsWith("attention.self.key.bias"));
  expect(meaningful.filter(({ error }) => !(error < 2e-3))).toEqual([]);
  expect(meaningful.length).toBe(trained.length - 6);
});

test("three steps of AdamW give torch's losses", () => {
  const own = loadParams(encoder, folder.weightFiles);
  using key = mx.random.key(0);
  using stepper = new Stepper({
    params: own,
    trained: flattenParams(own).map(([path]) => path),
    optimizer: createOptimizer("adamw", { weight_decay: golden.decay, bias_correction: true }),
    loss,
    dropout: 0,
    key,
    gradCheckpoint: false,
    accumulation: { kind: "mean" },
    maxGradNorm: 0,
    watchNorm: false,
    reducer: singleReducer(),
  });
  const losses = golden.losses.map(() =>
    mx.tidy(() => {
      const input = { batch: arraysOf(model, rows), blend: 1, share: 1, update: true };
      return withoutApproximations(() => stepper.step({ ...input, rate: mx.array(golden.rate, "float32") })).loss;
    }),
  );
  for (const [i, value] of losses.entries()) expect(Math.abs(value - golden.losses[i]!)).toBeLessThan(2e-3);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
});

test("without approximations, GELU and attention are MLX's own, and only inside", () => {
  mx.tidy(() => {
    const x = mx.linspace(-4, 4, 24);
    const exact = mx.multiply(mx.multiply(x, 0.5), mx.add(mx.erf(mx.multiply(x, Math.SQRT1_2)), 1));
    const heads = mx.reshape(x, [1, 3, 8]);
    const attend = () => multiHeadAttention({ queries: heads, keys: heads, values: heads, heads: 2 });
    const before = attend().tolist();
    expect(withoutApproximations(() => gelu(x)).tolist()).toEqual(exact.tolist());
    expect(() =>
      withoutApproximations(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(attend().tolist()).toEqual(before);
    const apart = mx.max(mx.abs(mx.subtract(withoutApproximations(attend), attend())));
    expect(Number(apart.item())).toBeLessThan(1e-5);
  });
});
