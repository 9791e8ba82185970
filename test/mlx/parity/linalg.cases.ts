/** Cases of products of vectors and matrices, also quantized ones. */
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
  ...cases(
    "hadamardTransform",
    [[input([3, 8], "transposed")], [input([16], "stepped")]],
    (a: A) => mx.hadamardTransform(a),
    {
      mx: "mx.hadamard_transform(a)",
      ...near,
    },
  ),
  ...cases("hadamardTransform, scaled", [[input([2, 4])]], (a: A) => mx.hadamardTransform(a, 2), {
    mx: "mx.hadamard_transform(a, 2)",
  }),
  ...cases(
    "gatherMm",
    [[input([3, 2, 4], "transposed"), input([5, 4, 2])]],
    (a: A, b: A) => mx.gatherMm(a, b, null, mx.array([4, 0, 2], "uint32")),
    {
      np: "a @ b[[4, 0, 2]]",
      mx: "mx.gather_mm(a, b, None, mx.array([4, 0, 2]))",
      ...near,
    },
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

export const linalg: Case[] = [...products, ...quantized];
