/** Cases of products, of MLX's fused kernels, and of random arrays. */
import * as mx from "../../../src/mlx/index.ts";
import { type Case, cases, type Input, input } from "./case.ts";

type A = mx.MlxArray;

const near = { rtol: 1e-4, atol: 1e-5 };

const matrices: Input[][] = [
  [input([3, 4]), input([4, 2])],
  [input([3, 4], "transposed"), input([4, 2], "transposed")],
  [input([2, 3, 4], "stepped"), input([4, 5], "stepped")],
  [input([2, 1, 3, 4]), input([5, 4, 2], "transposed")],
  [input([4]), input([4])],
  [input([3, 4], "broadcast"), input([4])],
  [input([4], "stepped"), input([4, 3])],
  [input([0, 4]), input([4, 2])],
  [input([3, 0]), input([0, 2])],
  [input([3, 4], "plain", "normal", "float16"), input([4, 2], "transposed", "normal", "float16")],
  [input([3, 4], "stepped", "normal", "bfloat16"), input([4, 2], "plain", "normal", "bfloat16")],
];

const products: Case[] = [
  ...cases("matmul", matrices, mx.matmul, { xp: "xp.matmul(a, b)", ...near }),
  ...cases(
    "addmm",
    [
      [input([2]), input([3, 4], "transposed"), input([4, 2])],
      [input([3, 2], "stepped"), input([3, 4]), input([4, 2], "stepped")],
    ],
    (a: A, b: A, c: A) => mx.addmm(a, b, c, 0.5, 2),
    { np: "0.5 * (b @ c) + 2 * a", mx: "mx.addmm(a, b, c, 0.5, 2)", ...near },
  ),
  ...cases(
    "inner",
    [
      [input([3, 4]), input([2, 4], "transposed")],
      [input([4]), input([4])],
      [input([]), input([3])],
    ],
    mx.inner,
    { xp: "xp.inner(a, b)", ...near },
  ),
  ...cases(
    "outer",
    [
      [input([3]), input([4], "stepped")],
      [input([2, 2], "transposed"), input([3])],
    ],
    mx.outer,
    { xp: "xp.outer(a, b)" },
  ),
  ...cases("kron", [[input([2, 2], "transposed"), input([1, 3])]], mx.kron, { xp: "xp.kron(a, b)" }),
  ...cases(
    "vecdot",
    [
      [input([3, 4], "transposed"), input([1, 4])],
      [input([2, 3, 4], "stepped"), input([2, 1, 4])],
    ],
    (a: A, b: A) => mx.vecdot(a, b),
    { np: "np.sum(a * b, -1)", ...near },
  ),
  ...cases("tensordot", [[input([2, 3, 4]), input([3, 4, 5], "transposed")]], (a: A, b: A) => mx.tensordot(a, b), {
    xp: "xp.tensordot(a, b, 2)",
    ...near,
  }),
  ...cases(
    "tensordot of pairs",
    [[input([2, 3, 4], "stepped"), input([4, 2, 5])]],
    (a: A, b: A) =>
      mx.tensordot(a, b, [
        [0, 2],
        [1, 0],
      ]),
    { xp: "xp.tensordot(a, b, [[0, 2], [1, 0]])", ...near },
  ),
  ...cases(
    "einsum",
    [[input([2, 3, 4, 5]), input([2, 3, 6, 5], "transposed")]],
    (a: A, b: A) => mx.einsum("bhqd,bhkd->bhqk", [a, b]),
    { xp: "xp.einsum('bhqd,bhkd->bhqk', a, b)", ...near },
  ),
  ...cases("einsum of one", [[input([3, 3], "transposed")]], (a: A) => mx.einsum("ii->i", [a]), {
    xp: "xp.einsum('ii->i', a)",
  }),
  ...cases(
    "trace",
    [[input([3, 4], "transposed")], [input([3, 3, 2], "stepped")]],
    (a: A) => mx.trace(a, { offset: 1 }),
    { xp: "xp.trace(a, 1)" },
  ),
  ...cases(
    "conv1d",
    [[input([2, 9, 3]), input([4, 3, 3], "transposed")]],
    (a: A, b: A) => mx.conv1d(a, b, { stride: 2, padding: 1 }),
    { mx: "mx.conv1d(a, b, 2, 1)", ...near },
  ),
];

const modes: mx.Quantization[] = [
  {},
  { groupSize: 32, bits: 8 },
  { groupSize: 128, bits: 2 },
  { mode: "mxfp4" },
  { mode: "mxfp8" },
  { mode: "nvfp4" },
];

const quantized: Case[] = modes.flatMap((mode) => {
  const args = Object.entries({ group_size: mode.groupSize, bits: mode.bits, mode: mode.mode && `'${mode.mode}'` })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `, ${name}=${value}`)
    .join("");
  const name = mode.mode ?? `affine${args}`;
  const weight: Input[][] = [[input([8, 128], "transposed")]];
  return [
    ...cases(`quantize, ${name}`, weight, (a: A) => Object.values(mx.quantize(a, mode)), {
      mx: `mx.quantize(a${args})`,
      rtol: 0,
      atol: 0,
    }),
    ...cases(`dequantize, ${name}`, weight, (a: A) => mx.dequantize(mx.quantize(a, mode), mode), {
      mx: `mx.dequantize(*mx.quantize(a${args})${args})`,
      rtol: 0,
      atol: 0,
    }),
    ...cases(
      `quantizedMatmul, ${name}`,
      [[input([3, 128], "stepped"), input([8, 128])]],
      (a: A, b: A) => mx.quantizedMatmul(a, mx.quantize(b, mode), mode),
      { mx: `mx.quantized_matmul(a, *mx.quantize(b${args})${args})`, ...near },
    ),
  ];
});

const heads = (length: number, count: number, layout: Input["layout"] = "plain", dtype: mx.DType = "float32") =>
  input([2, count, length, 8], layout, "normal", dtype);

const scale = 0.35;

const fast: Case[] = [
  ...cases(
    "fast.layerNorm",
    [
      [input([2, 3, 8]), input([8]), input([8], "stepped")],
      [input([3, 8], "transposed"), input([8], "stepped"), input([8])],
      [
        input([4, 8], "stepped", "normal", "bfloat16"),
        input([8], "plain", "normal", "bfloat16"),
        input([8], "plain", "normal", "bfloat16"),
      ],
    ],
    (a: A, b: A, c: A) => mx.fast.layerNorm(a, b, c, 1e-5),
    { np: "layer_norm(a, b, c, 1e-5)", mx: "mx.fast.layer_norm(a, b, c, 1e-5)", ...near },
  ),
  ...cases("fast.layerNorm, bare", [[input([3, 8], "broadcast")]], (a: A) => mx.fast.layerNorm(a, null, null, 1e-12), {
    np: "layer_norm(a, None, None, 1e-12)",
    mx: "mx.fast.layer_norm(a, None, None, 1e-12)",
    ...near,
  }),
  ...cases(
    "fast.rmsNorm",
    [
      [input([2, 3, 8], "transposed"), input([8])],
      [input([8], "stepped"), input([8])],
    ],
    (a: A, b: A) => mx.fast.rmsNorm(a, b, 1e-6),
    { np: "rms_norm(a, b, 1e-6)", mx: "mx.fast.rms_norm(a, b, 1e-6)", ...near },
  ),
  ...cases("fast.rmsNorm, bare", [[input([2, 8])]], (a: A) => mx.fast.rmsNorm(a, null, 1e-6), {
    np: "rms_norm(a, None, 1e-6)",
    mx: "mx.fast.rms_norm(a, None, 1e-6)",
    ...near,
  }),
  ...cases(
    "fast.rope",
    [[heads(5, 2)], [heads(5, 2, "transposed")]],
    (a: A) => mx.fast.rope(a, { dims: 8, base: 10000, offset: 3 }),
    { mx: "mx.fast.rope(a, 8, traditional=False, base=10000, scale=1, offset=3)", ...near },
  ),
  ...cases(
    "fast.rope, traditional",
    [[heads(5, 2, "stepped")]],
    (a: A) => mx.fast.rope(a, { dims: 4, base: 500, traditional: true, scale: 0.5 }),
    { mx: "mx.fast.rope(a, 4, traditional=True, base=500, scale=0.5, offset=0)", ...near },
  ),
  ...cases(
    "fast.rope by frequencies, offset in an array",
    [[heads(5, 2), input([4], "plain", "positive")]],
    (a: A, b: A) => mx.fast.rope(a, { dims: 8, freqs: b, offset: mx.array(2) }),
    { mx: "mx.fast.rope(a, 8, traditional=False, base=None, scale=1, offset=2, freqs=b)", ...near },
  ),
  ...cases(
    "fast.scaledDotProductAttention",
    [
      [heads(5, 4), heads(7, 4, "transposed"), heads(7, 4)],
      [heads(3, 4, "stepped"), heads(6, 2), heads(6, 2, "stepped")],
      [heads(3, 2, "plain", "float16"), heads(4, 2, "plain", "float16"), heads(4, 2, "plain", "float16")],
    ],
    (a: A, b: A, c: A) => mx.fast.scaledDotProductAttention(a, b, c, { scale }),
    {
      np: `attention(a, b, c, ${scale})`,
      mx: `mx.fast.scaled_dot_product_attention(a, b, c, scale=${scale})`,
      ...near,
    },
  ),
  ...cases(
    "fast.scaledDotProductAttention, mask added",
    [[heads(5, 2), heads(7, 2), heads(7, 2), input([2, 1, 5, 7], "stepped")]],
    (a: A, b: A, c: A, d: A) => mx.fast.scaledDotProductAttention(a, b, c, { scale, mask: d }),
    {
      np: `attention(a, b, c, ${scale}, d)`,
      mx: `mx.fast.scaled_dot_product_attention(a, b, c, scale=${scale}, mask=d)`,
      ...near,
    },
  ),
  ...cases(
    "fast.scaledDotProductAttention, mask of truths",
    [[heads(4, 2), heads(4, 2), heads(4, 2)]],
    (a: A, b: A, c: A) => mx.fast.scaledDotProductAttention(a, b, c, { scale, mask: mx.tri(4, 4, 0, "bool") }),
    { np: `attention(a, b, c, ${scale}, np.tri(4, dtype=bool))`, ...near },
  ),
  ...cases(
    "fast.scaledDotProductAttention, causal",
    [[heads(4, 2), heads(4, 2), heads(4, 2, "transposed")]],
    (a: A, b: A, c: A) => mx.fast.scaledDotProductAttention(a, b, c, { scale, mask: "causal" }),
    { np: `attention(a, b, c, ${scale}, np.tri(4, dtype=bool))`, ...near },
  ),
  ...cases(
    "fast.scaledDotProductAttention, sinks",
    [[heads(4, 2), heads(4, 2), heads(4, 2), input([2])]],
    (a: A, b: A, c: A, d: A) => mx.fast.scaledDotProductAttention(a, b, c, { scale, sinks: d }),
    { mx: `mx.fast.scaled_dot_product_attention(a, b, c, scale=${scale}, sinks=d)`, ...near },
  ),
  ...cases(
    "fast.crossEntropy",
    [
      [input([6, 9], "transposed"), input([6], "plain", { below: 9 }, "int32")],
      [input([2, 3, 9], "stepped"), input([2, 3], "plain", { below: 9 }, "int32")],
    ],
    mx.fast.crossEntropy,
    { np: "cross_entropy(a, b)", ...near },
  ),
];

const k = "mx.random.key(7)";
const exact = { rtol: 0, atol: 0 };
const key = () => mx.random.key(7);

const random: Case[] = [
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

export const linalg: Case[] = [...products, ...quantized, ...fast, ...random];
