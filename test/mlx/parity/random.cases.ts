/** Cases of random arrays: Python MLX draws the same from the same key. */
import * as mx from "../../../src/mlx/index.ts";
import { type Case, cases, input } from "./case.ts";

type A = mx.MlxArray;

const k = "mx.random.key(7)";
const exact = { rtol: 0, atol: 0 };
const key = () => mx.random.key(7);

export const random: Case[] = [
  ...cases("random.key", [[]], () => mx.random.key(2n ** 40n + 5n), { mx: "mx.random.key(2**40 + 5)", ...exact }),
  ...cases("random.split", [[]], () => mx.random.split(key(), 5), { mx: `mx.random.split(${k}, 5)`, ...exact }),
  ...cases("random.uniform", [[]], () => mx.random.uniform(key(), [2, 3], { low: -1, high: 2.5 }), {
    mx: `mx.random.uniform(-1, 2.5, (2, 3), key=${k})`,
    ...exact,
  }),
  ...cases("random.uniform as float16", [[]], () => mx.random.uniform(key(), [5], { dtype: "float16" }), {
    mx: `mx.random.uniform(shape=(5,), dtype=mx.float16, key=${k})`,
    ...exact,
  }),
  ...cases("random.uniform of nothing", [[]], () => mx.random.uniform(key(), [0, 2]), {
    mx: `mx.random.uniform(shape=(0, 2), key=${k})`,
    ...exact,
  }),
  ...cases("random.normal", [[]], () => mx.random.normal(key(), [3, 2], { mean: 2, std: 0.5 }), {
    mx: `mx.random.normal((3, 2), loc=2, scale=0.5, key=${k})`,
    ...exact,
  }),
  ...cases("random.truncatedNormal", [[]], () => mx.random.truncatedNormal(key(), [7], { lower: -1, upper: 0.5 }), {
    mx: `mx.random.truncated_normal(mx.array(-1.0), mx.array(0.5), (7,), key=${k})`,
    ...exact,
  }),
  ...cases("random.laplace", [[]], () => mx.random.laplace(key(), [4], { mean: 1, scale: 3 }), {
    mx: `mx.random.laplace((4,), loc=1, scale=3, key=${k})`,
    ...exact,
  }),
  ...cases("random.gumbel", [[]], () => mx.random.gumbel(key(), [4]), {
    mx: `mx.random.gumbel((4,), key=${k})`,
    ...exact,
  }),
  ...cases("random.randint", [[]], () => mx.random.randint(key(), [9], -3, 12), {
    mx: `mx.random.randint(-3, 12, (9,), key=${k})`,
    ...exact,
  }),
  ...cases("random.bernoulli", [[]], () => mx.random.bernoulli(key(), [9], 0.3), {
    mx: `mx.random.bernoulli(0.3, (9,), key=${k})`,
    ...exact,
  }),
  ...cases("random.categorical", [[input([3, 5], "transposed")]], (a: A) => mx.random.categorical(key(), a), {
    mx: `mx.random.categorical(a, key=${k})`,
    ...exact,
  }),
  ...cases(
    "random.categorical, many",
    [[input([3, 5])]],
    (a: A) => mx.random.categorical(key(), a, { axis: 0, samples: 4 }),
    { mx: `mx.random.categorical(a, 0, num_samples=4, key=${k})`, ...exact },
  ),
  ...cases("random.permutation", [[]], () => mx.random.permutation(key(), 11), {
    mx: `mx.random.permutation(11, key=${k})`,
    ...exact,
  }),
  ...cases("random.permutation of rows", [[input([5, 2], "transposed")]], (a: A) => mx.random.permutation(key(), a), {
    mx: `mx.random.permutation(a, key=${k})`,
    ...exact,
  }),
];
