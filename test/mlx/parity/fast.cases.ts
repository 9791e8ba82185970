/** Cases of MLX's fused kernels. */
import * as mx from "../../../src/mlx/index.ts";
import { type Case, cases, type Input, input } from "./case.ts";

type A = mx.MlxArray;

const near = { rtol: 1e-4, atol: 1e-5 };

const heads = (length: number, count: number, layout: Input["layout"] = "plain", dtype: mx.DType = "float32") =>
  input([2, count, length, 8], layout, "normal", dtype);

const scale = 0.35;

export const fast: Case[] = [
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
