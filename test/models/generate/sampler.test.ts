/** Goal: filters and penalties give mlx-lm's numbers, and draws follow the distribution that they leave. */
import { beforeAll, describe, expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { KeySequence } from "../../../src/mlx/nn/key-sequence.ts";
import { makeProcessors, type PenaltyOptions, penaltyDefaults } from "../../../src/models/generate/processors.ts";
import {
  filterTokens,
  makeSampler,
  type SamplingOptions,
  samplingDefaults,
} from "../../../src/models/generate/sampler.ts";
import { expectNoLeaks } from "../../support/leaks.ts";
import { type Answer, mlxLmTokens } from "../../support/mlx-lm-tokens.ts";

const VOCABULARY = 50;
/** Spread so that every filter has something to drop, with ties. */
const LOGITS = [0, 1].map((row) =>
  Array.from({ length: VOCABULARY }, (_, i) => Math.fround(Math.sin(i * 12.9898 + row * 4) * 3)),
);
LOGITS[0]![7] = LOGITS[0]![8]!;

const filters: [theirs: Record<string, number | number[]>, ours: Partial<SamplingOptions>, spared?: number[]][] = [
  [{ top_p: 0.9 }, { topP: 0.9 }],
  [{ top_p: 0.2 }, { topP: 0.2 }],
  [{ top_p: 0.001 }, { topP: 0.001 }],
  [{ min_p: 0.1 }, { minP: 0.1 }],
  [
    { min_p: 0.9, min_tokens_to_keep: 5 },
    { minP: 0.9, minTokensToKeep: 5 },
  ],
  [{ top_k: 1 }, { topK: 1 }],
  [{ top_k: 7 }, { topK: 7 }],
  [
    { xtc_probability: 1, xtc_threshold: 0.02 },
    { xtcProbability: 1, xtcThreshold: 0.02 },
  ],
  [
    { xtc_probability: 1, xtc_threshold: 0.01, xtc_special_tokens: [3, 9] },
    { xtcProbability: 1, xtcThreshold: 0.01 },
    // The last are tokens that the model does not have.
    [3, 9, VOCABULARY, 99_999_999, -1],
  ],
  [
    { top_p: 0.95, min_p: 0.02, xtc_probability: 1, xtc_threshold: 0.05, top_k: 9 },
    { topP: 0.95, minP: 0.02, xtcProbability: 1, xtcThreshold: 0.05, topK: 9 },
  ],
];
const RECENT = [4, 9, 9, 2, 30, 4, 9];
const penalties: [theirs: Record<string, unknown>, ours: Partial<PenaltyOptions>][] = [
  [{ logit_bias: { 3: 5, 40: -2.5 } }, { logitBias: new Map([[3, 5]]).set(40, -2.5) }],
  [{ repetition_penalty: 1.7 }, { repetitionPenalty: 1.7 }],
  [
    { repetition_penalty: 1.7, repetition_context_size: 3 },
    { repetitionPenalty: 1.7, repetitionContextSize: 3 },
  ],
  [
    { presence_penalty: 0.3, presence_context_size: 5 },
    { presencePenalty: 0.3, presenceContextSize: 5 },
  ],
  [{ frequency_penalty: 0.25 }, { frequencyPenalty: 0.25 }],
];

let answers: Answer[];
beforeAll(async () => {
  answers = await mlxLmTokens([
    ...filters.map(([sampler]) => ({ logits: LOGITS, sampler })),
    ...penalties.map(([processors]) => ({ logits: LOGITS.slice(0, 1), processors, recent: RECENT })),
  ]);
}, 300_000);

function expectNear(found: mx.MlxArray, wanted: (number | null)[][]): void {
  const numbers = Array.from(found.toFloat32());
  const expected = wanted.flat();
  expect(numbers.map(Number.isFinite)).toEqual(expected.map((x) => x !== null));
  numbers.forEach((x, i) => {
    if (expected[i] !== null) expect(Math.abs(x - expected[i]!)).toBeLessThanOrEqual(1e-6);
  });
}

const logprobs = (logits = LOGITS) => {
  const array = mx.array(logits, "float32");
  return mx.subtract(array, mx.logsumexp(array, -1, true));
};

describe("log-probabilities after the filters are mlx-lm's", () => {
  test.each(filters.map(([theirs, ours, spared], i) => [JSON.stringify(theirs), ours, spared ?? [], i] as const))(
    "%s",
    (_, ours, spared, i) => {
      expectNoLeaks(() => {
        using keys = new KeySequence(0);
        const options = { ...samplingDefaults, temperature: 1, ...ours };
        mx.tidy(() => expectNear(filterTokens(logprobs(), options, keys, spared), answers[i]!.logprobs));
      });
    },
  );
});

describe("logits after the penalties are mlx-lm's", () => {
  test.each(penalties.map(([theirs, ours], i) => [JSON.stringify(theirs), ours, i] as const))("%s", (_, ours, i) => {
    const processors = makeProcessors({ ...penaltyDefaults, ...ours }, VOCABULARY)!;
    mx.tidy(() => {
      const found = processors.apply(mx.array(RECENT, "int32"), mx.array(LOGITS.slice(0, 1), "float32"));
      expectNear(found, answers[filters.length + i]!.logprobs);
    });
  });

  test("nothing asked for is nothing done", () => {
    expect(makeProcessors(penaltyDefaults, VOCABULARY)).toBeUndefined();
  });
});

/** Draws `count` tokens one after another. */
function draws(options: Partial<SamplingOptions>, seed: number, count: number, logits = LOGITS[0]!): number[] {
  using keys = new KeySequence(seed);
  const sample = makeSampler({ ...samplingDefaults, ...options }, keys);
  return Array.from({ length: count }, () => Number(mx.tidy(() => sample(logprobs([logits])).item())));
}

describe("draws", () => {
  const settings: [string, Partial<SamplingOptions>][] = [
    ["temperature 1", { temperature: 1 }],
    ["temperature 0.5", { temperature: 0.5 }],
    ["temperature 1.5, top-k 10", { temperature: 1.5, topK: 10 }],
    ["temperature 1, top-p 0.8", { temperature: 1, topP: 0.8 }],
    ["temperature 1, min-p 0.2", { temperature: 1, minP: 0.2 }],
  ];
  test.each(settings)("at %s follow the probabilities that are left (chi-square, p > 0.001)", (_, options) => {
    const count = 4000;
    const probabilities = mx.tidy(() => {
      using keys = new KeySequence(0);
      const kept = filterTokens(logprobs(LOGITS.slice(0, 1)), { ...samplingDefaults, ...options }, keys, []);
      return mx.softmax(mx.divide(kept, options.temperature!), -1).toFloat32();
    });
    const seen = new Array<number>(VOCABULARY).fill(0);
    for (const token of draws(options, 11, count)) seen[token]!++;
    let [statistic, cells, rare, rareSeen] = [0, 0, 0, 0];
    probabilities.forEach((p, i) => {
      if (p === 0) {
        expect(seen[i]).toBe(0);
      } else if (p * count < 5) {
        rare += p * count;
        rareSeen += seen[i]!;
      } else {
        statistic += (seen[i]! - p * count) ** 2 / (p * count);
        cells++;
      }
    });
    if (rare >= 5) {
      statistic += (rareSeen - rare) ** 2 / rare;
      cells++;
    }
    const freedom = cells - 1;
    // The 0.999 quantile, by Wilson and Hilferty.
    const limit = freedom * (1 - 2 / (9 * freedom) + 3.0902 * Math.sqrt(2 / (9 * freedom))) ** 3;
    expect(statistic).toBeLessThan(limit);
  });

  test("happen with XTC as often as its probability says", () => {
    const options = { temperature: 0.01, xtcThreshold: 0.1 };
    const share = (xtcProbability: number) =>
      draws({ ...options, xtcProbability }, 2, 1000, [1, 3, 2, 0]).filter((token) => token !== 1).length / 1000;
    expect(share(0)).toBe(0);
    expect(share(1)).toBe(1);
    expect(Math.abs(share(0.3) - 0.3)).toBeLessThan(0.05);
  });

  test("are the same for a seed, and others for another one", () => {
    const options = { temperature: 1 };
    expect(draws(options, 4, 20)).toEqual(draws(options, 4, 20));
    expect(draws(options, 4, 20)).not.toEqual(draws(options, 5, 20));
  });

  test("at temperature 0 are the most likely token, the first of equals", () => {
    const ties = [[0, 3, 1, 3, 2]];
    using keys = new KeySequence(0);
    expect(mx.tidy(() => makeSampler(samplingDefaults, keys)(mx.array(ties, "float32")).item())).toBe(1);
  });
});

describe("values out of range are refused by name:", () => {
  const wrong: [keyof SamplingOptions, number, RegExp][] = [
    ["temperature", -1, /temperature is -1/],
    ["temperature", Number.NaN, /temperature is NaN/],
    ["topP", 1.5, /top-p is 1.5/],
    ["minP", -0.1, /min-p is -0.1/],
    ["topK", -3, /top-k is -3/],
    ["topK", 2.5, /top-k is 2.5/],
    ["minTokensToKeep", 0, /min-tokens-to-keep is 0/],
    ["xtcThreshold", 0.7, /xtc-threshold is 0.7/],
    ["xtcProbability", 2, /xtc-probability is 2/],
  ];
  test.each(wrong)("%s %p", (name, value, message) => {
    using keys = new KeySequence(0);
    expect(() => makeSampler({ ...samplingDefaults, [name]: value }, keys)).toThrow(message);
  });

  test.each<[Partial<PenaltyOptions>, RegExp]>([
    [{ repetitionPenalty: -1 }, /repetition penalty is -1/],
    [{ frequencyPenalty: Number.NaN }, /frequency penalty is NaN/],
    [{ presenceContextSize: 0, presencePenalty: 1 }, /looks back 0 tokens/],
    [{ logitBias: new Map([[VOCABULARY, 1]]) }, /token 50/],
  ])("%p", (options, message) => {
    expect(() => makeProcessors({ ...penaltyDefaults, ...options }, VOCABULARY)).toThrow(message);
  });
});
