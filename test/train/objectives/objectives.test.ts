/** Goal: objectives and their gradients are those of their definitions, and those that torch's users get. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import * as mx from "../../../src/mlx/index.ts";
import { normalizeRows } from "../../../src/mlx/nn/index.ts";
import { type DpoOptions, dpoLoss } from "../../../src/train/objectives/dpo.ts";
import { infoNceLoss, sameTexts } from "../../../src/train/objectives/info-nce.ts";
import { sequenceLogProbs } from "../../../src/train/objectives/sequence.ts";
import { expectNoLeaks } from "../../support/leaks.ts";
import { python } from "../../support/peers.ts";

interface Case {
  kind: "sequence" | "dpo" | "infoNce";
  inputs: Record<string, mx.Nested>;
  options: Record<string, unknown>;
}
type Expected = { value: number; gradients: Record<string, mx.Nested> };

const float = (values: unknown) => mx.array(values as mx.Nested, "float32");

/** The objective of a case as one number of its inputs. */
function objective({ kind, options }: Case, inputs: Record<string, mx.MlxArray>): mx.MlxArray {
  if (kind === "sequence") {
    const [targets, counted] = [
      mx.array(options.targets as mx.Nested, "int32"),
      mx.array(options.counted as mx.Nested, "bool"),
    ];
    return mx.sum(mx.multiply(sequenceLogProbs(inputs.logits!, targets, counted).sums, float(options.weights)));
  }
  if (kind === "dpo") {
    const { chosen, rejected } = options.reference as Record<string, unknown>;
    const policy = { chosen: inputs.chosen!, rejected: inputs.rejected! };
    return dpoLoss(policy, { chosen: float(chosen), rejected: float(rejected) }, options as unknown as DpoOptions).loss;
  }
  const rows = (x: mx.MlxArray | undefined) => (x && options.normalize ? normalizeRows(x) : x);
  const vectors = {
    anchors: rows(inputs.anchors)!,
    positives: rows(inputs.positives)!,
    negatives: rows(inputs.negatives),
  };
  const excluded = options.excluded === undefined ? undefined : mx.array(options.excluded as mx.Nested, "bool");
  return infoNceLoss(vectors, options as { temperature: number; symmetric: boolean }, excluded);
}

function compute(one: Case): Expected {
  const names = Object.keys(one.inputs);
  using gradients = mx.valueAndGrad(
    (arrays) => [objective(one, Object.fromEntries(names.map((name, i) => [name, arrays[i]!])))],
    names.map((_, i) => i),
  );
  return mx.tidy(() => {
    const found = gradients.apply(names.map((name) => float(one.inputs[name])));
    return {
      value: Number(found.values[0]!.item()),
      gradients: Object.fromEntries(names.map((name, i) => [name, found.gradients[i]!.tolist()])),
    };
  });
}

/** Within 2e-5 of the largest number of each array, which float32 allows. */
function expectClose(found: Expected, expected: Expected): void {
  const flat = (nested: mx.Nested) => [nested].flat(9) as number[];
  const all = ({ value, gradients }: Expected) => [
    [value],
    ...Object.keys(expected.gradients).map((k) => flat(gradients[k]!)),
  ];
  for (const [index, numbers] of all(expected).entries()) {
    const scale = Math.max(1e-3, ...numbers.map(Math.abs));
    const error = numbers.map((number, i) => Math.abs(number - all(found)[index]![i]!) / scale);
    expect(Math.max(...error)).toBeLessThan(2e-5);
    expect(all(found)[index]!.length).toBe(numbers.length);
  }
}

/** Numbers from −1 to 1, the same in every run. */
function numbers(shape: readonly number[], seed: number, scale = 1): mx.Nested {
  return mx.tidy(() => mx.random.uniform(mx.random.key(seed), shape, { low: -scale, high: scale }).tolist());
}

const answers = { chosen: numbers([7], 1, 40), rejected: numbers([7], 2, 40) };
const reference = { chosen: numbers([7], 3, 40), rejected: numbers([7], 4, 40) };
const vectors = { anchors: numbers([5, 6], 5), positives: numbers([5, 6], 6) };
const withNegatives = { ...vectors, negatives: numbers([3, 6], 7) };
const excluded = (columns: number) =>
  Array.from({ length: 5 }, (_, row) =>
    Array.from({ length: columns }, (_, i) => (row + 2 * i) % 5 === 0 && i !== row),
  );

const cases: [name: string, one: Case][] = [
  [
    "log-probabilities of answers",
    {
      kind: "sequence",
      inputs: { logits: numbers([2, 4, 9], 8, 12) },
      options: {
        targets: [
          [0, 8, 3, 3],
          [1, 2, 3, 4],
        ],
        counted: [
          [0, 1, 1, 0],
          [1, 1, 1, 1],
        ],
        weights: [1.5, -0.5],
      },
    },
  ],
  ...(
    [
      ["DPO", { loss: "sigmoid", beta: 0.1, labelSmoothing: 0 }],
      ["DPO with smoothed labels", { loss: "sigmoid", beta: 0.3, labelSmoothing: 0.2 }],
      ["IPO", { loss: "ipo", beta: 0.1, labelSmoothing: 0 }],
      ["the hinge", { loss: "hinge", beta: 0.02, labelSmoothing: 0 }],
    ] as const
  ).map(([name, options]): [string, Case] => [
    name,
    { kind: "dpo", inputs: answers, options: { ...options, reference } },
  ]),
  ["InfoNCE", { kind: "infoNce", inputs: vectors, options: { temperature: 0.1, symmetric: false } }],
  ["InfoNCE both ways", { kind: "infoNce", inputs: vectors, options: { temperature: 0.5, symmetric: true } }],
  [
    "InfoNCE both ways, with negatives and exclusions",
    { kind: "infoNce", inputs: withNegatives, options: { temperature: 0.2, symmetric: true, excluded: excluded(8) } },
  ],
];

describe("in float64, by definition and differences:", async () => {
  const [line] = await python("test/parity/objectives_reference.py", [], JSON.stringify(cases.map(([, one]) => one)));
  const expected = JSON.parse(line!) as Expected[];
  test.each(cases.map(([name, one], i) => [name, one, expected[i]!] as const))("%s", (_, one, wanted) => {
    expectClose(compute(one), wanted);
  });
});

const golden: { cases: (Case & Expected)[] } = await Bun.file(
  join(import.meta.dir, "../../../fixtures/golden/objectives.json"),
).json();

describe("by torch and sentence-transformers:", () => {
  test.each(golden.cases.map((one, i) => [`${one.kind} ${i}`, one] as const))("%s", (_, one) => {
    expectClose(compute(one), one);
  });
});

test("rewards say what the trained model adds to the reference, times beta", () => {
  mx.tidy(() => {
    const policy = { chosen: float([-10, -20]), rejected: float([-12, -15]) };
    const before = { chosen: float([-11, -18]), rejected: float([-11, -16]) };
    const { chosenRewards, rejectedRewards } = dpoLoss(policy, before, {
      loss: "sigmoid",
      beta: 0.5,
      labelSmoothing: 0,
    });
    expect(chosenRewards.tolist()).toEqual([0.5, -1]);
    expect(rejectedRewards.tolist()).toEqual([-0.5, 0.5]);
  });
});

test("log-probabilities of bfloat16 logits are added up in float32, and count their tokens", () => {
  mx.tidy(() => {
    const logits = mx.zeros([1, 1000, 4], "bfloat16");
    const { sums, counts } = sequenceLogProbs(logits, mx.zeros([1, 1000], "int32"), mx.ones([1, 1000], "bool"));
    expect(sums.dtype).toBe("float32");
    expect(Number(sums.item())).toBeCloseTo(-1000 * Math.log(4), 1);
    expect(counts.tolist()).toEqual([1000]);
  });
});

test("an answer whose logits are not finite where it does not count has a finite log-probability", () => {
  mx.tidy(() => {
    const logits = mx.array(
      [
        [
          [0, 0],
          [Number.NaN, 0],
        ],
      ],
      "float32",
    );
    const { sums } = sequenceLogProbs(logits, mx.zeros([1, 2], "int32"), mx.array([[true, false]]));
    expect(Number(sums.item())).toBeCloseTo(-Math.LN2, 6);
  });
});

test("objectives leave no arrays behind", () => {
  expectNoLeaks(() => {
    for (const [, one] of cases) compute(one);
  });
});

describe("candidates of a batch", () => {
  const texts = { anchors: ["a", "b", "a"], positives: ["x", "y", "z"], negatives: ["n", "x", "b"] };

  test("that belong to the same anchor, or are its own text, are no strangers", () => {
    expect([...sameTexts(texts)!]).toEqual([
      ...[0, 0, 1, 0, 1, 0], // "a" has x and z; the negative x is its positive
      ...[0, 0, 0, 0, 0, 1], // the negative "b" is the anchor itself
      ...[1, 0, 0, 0, 1, 0],
    ]);
  });

  test("that are all different are all strangers", () => {
    expect(sameTexts({ anchors: ["a", "b"], positives: ["x", "y"], negatives: [] })).toBeUndefined();
  });
});
