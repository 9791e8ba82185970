/** Cases by position: slices, lookups, updates. */
import * as mx from "../../../src/mlx/index.ts";
import { type Case, cases, type Input, input } from "./case.ts";

type A = mx.MlxArray;

const three: Input[][] = [
  [input([2, 3, 4])],
  [input([2, 3, 4], "transposed")],
  [input([2, 3, 4], "stepped")],
  [input([2, 3, 4], "broadcast")],
  [input([2, 3, 4], "transposed", "normal", "int32")],
  [input([2, 3, 4], "stepped", "normal", "bfloat16")],
];
const two: Input[][] = [[input([3, 4])], [input([3, 4], "transposed")], [input([3, 4], "stepped", "normal", "int8")]];
const square: Input[][] = [[input([4, 4], "transposed")], [input([3, 5], "stepped")], [input([2, 3, 3])]];
const vector: Input[][] = [[input([5])], [input([5], "stepped")], [input([1])]];
const index = (shape: readonly number[], below: number, dtype: mx.DType = "int32") =>
  input(shape, "plain", { below }, dtype);
const stepIndex = (shape: readonly number[], below: number) => input(shape, "stepped", { below }, "uint32");

const sliceUpdates = {
  Add: mx.sliceUpdateAdd,
  Max: mx.sliceUpdateMax,
  Min: mx.sliceUpdateMin,
  Prod: mx.sliceUpdateProd,
};

const scatters = { add: mx.scatterAdd, max: mx.scatterMax, min: mx.scatterMin, prod: mx.scatterProd };

export const indexing: Case[] = [
  ...cases("slice", three, (a: A) => mx.slice(a, [null, [1, 3], [0, -1, 2]]), { xp: "a[:, 1:3, 0:-1:2]" }),
  ...cases("slice from the end", three, (a: A) => mx.slice(a, [[-1, null], null, [-3, -1]]), {
    xp: "a[-1:, :, -3:-1]",
  }),
  ...cases(
    "slice backwards",
    three,
    (a: A) =>
      mx.slice(a, [
        [null, null, -1],
        [2, 0, -1],
        [null, null, -3],
      ]),
    { xp: "a[::-1, 2:0:-1, ::-3]" },
  ),
  ...cases(
    "slice beyond the ends",
    three,
    (a: A) =>
      mx.slice(a, [
        [0, 99],
        [-99, 2],
      ]),
    { xp: "a[0:99, -99:2]" },
  ),
  ...cases("slice to nothing", three, (a: A) => mx.slice(a, [null, [2, 1]]), { xp: "a[:, 2:1]" }),
  ...cases(
    "slice of nothing",
    [[input([0, 3])]],
    (a: A) =>
      mx.slice(a, [
        [null, null, 2],
        [1, null],
      ]),
    { xp: "a[::2, 1:]" },
  ),
  ...cases("slice of 0-d", [[input([])]], (a: A) => mx.slice(a, []), { np: "a", mx: "a" }),
  ...cases(
    "sliceUpdate",
    [
      [input([3, 4], "transposed"), input([2, 1], "stepped")],
      [input([3, 4], "broadcast"), input([])],
    ],
    (a: A, b: A) =>
      mx.sliceUpdate(a, b, [
        [1, 3],
        [null, null, -2],
      ]),
    { np: "(lambda x: (x.__setitem__((slice(1, 3), slice(None, None, -2)), b), x)[1])(a.copy())" },
  ),
  ...(["Add", "Max", "Min", "Prod"] as const).flatMap((how) =>
    cases(
      `sliceUpdate${how}`,
      [
        [input([3, 4], "transposed"), input([2, 2], "stepped")],
        [input([3, 4], "stepped"), input([2, 1], "broadcast")],
      ],
      (a: A, b: A) =>
        sliceUpdates[how](a, b, [
          [1, 3],
          [null, null, 2],
        ]),
      {
        np: `(lambda x: (x.__setitem__((slice(1, 3), slice(None, None, 2)), np.${{ Add: "add", Max: "maximum", Min: "minimum", Prod: "multiply" }[how]}(x[1:3, ::2], b)), x)[1])(a.copy())`,
      },
    ),
  ),
  ...cases("sliceDynamic", three, (a: A) => mx.sliceDynamic(a, mx.array([1, 2]), [0, -1], [1, 3, 2]), {
    np: "a[1:2, :, 2:4]",
    mx: "mx.slice(a, mx.array([1, 2]), (0, -1), (1, 3, 2))",
  }),
  ...cases(
    "sliceUpdateDynamic",
    [[input([3, 4], "transposed"), input([2, 2], "stepped")]],
    (a: A, b: A) => mx.sliceUpdateDynamic(a, b, mx.array([1]), [1]),
    {
      np: "(lambda x: (x.__setitem__((slice(0, 2), slice(1, 3)), b), x)[1])(a.copy())",
      mx: "mx.slice_update(a, b, mx.array([1]), (1,))",
    },
  ),
  ...cases(
    "searchsorted",
    [
      [input([6], "stepped"), input([2, 3], "transposed")],
      [input([1]), input([])],
    ],
    (a: A, b: A) => mx.searchsorted(mx.sort(a), b, "right"),
    {
      np: "np.searchsorted(np.sort(a), b, 'right')",
    },
  ),
  ...cases("diff", three, (a: A) => mx.diff(a, 2, 1), { np: "np.diff(a, 2, 1)" }),
  ...cases(
    "take",
    [
      [input([3, 4], "transposed"), index([2, 2], 12)],
      [input([5], "stepped"), stepIndex([4], 5)],
      [input([5]), index([], 5)],
      [input([5]), index([0], 5)],
    ],
    (a: A, b: A) => mx.take(a, b),
    { xp: "xp.take(a, b)" },
  ),
  ...cases(
    "take on an axis",
    [
      [input([3, 4], "transposed"), index([2, 2], 3)],
      [input([3, 4], "stepped"), stepIndex([5], 3)],
      [input([3, 4]), index([], 3)],
      [input([3, 4], "plain", "normal", "bfloat16"), index([0], 3)],
    ],
    (a: A, b: A) => mx.take(a, b, 0),
    { xp: "xp.take(a, b, axis=0)" },
  ),
  ...cases(
    "take with negative indices",
    [[input([4, 3], "transposed")]],
    (a: A) => mx.take(a, mx.array([-1, -4]), -2),
    { np: "np.take(a, [-1, -4], axis=-2)" },
  ),
  ...cases(
    "takeAlongAxis",
    [
      [input([3, 4], "transposed"), index([3, 2], 4)],
      [input([3, 4], "stepped"), stepIndex([3, 4], 4)],
    ],
    (a: A, b: A) => mx.takeAlongAxis(a, b, -1),
    { np: "np.take_along_axis(a, b.astype(np.int64), -1)", mx: "mx.take_along_axis(a, b, -1)" },
  ),
  ...cases(
    "putAlongAxis",
    [[input([3, 4], "transposed"), index([3, 1], 4), input([3, 1])]],
    (a: A, b: A, c: A) => mx.putAlongAxis(a, b, c, 1),
    { np: "(lambda x: (np.put_along_axis(x, b, c, 1), x)[1])(a.copy())", mx: "mx.put_along_axis(a, b, c, 1)" },
  ),
  ...cases(
    "scatterAddAxis",
    [[input([3, 4], "transposed"), index([3, 6], 4), input([3, 6], "stepped")]],
    (a: A, b: A, c: A) => mx.scatterAddAxis(a, b, c, 1),
    { np: "(lambda x: (np.add.at(x, (np.arange(3)[:, None], b), c), x)[1])(a.copy())" },
  ),
  ...cases("gather", [[input([4, 5], "transposed"), index([3], 4)]], (a: A, b: A) => mx.gather(a, [b], [0], [1, 5]), {
    np: "a[b][:, None, :]",
  }),
  ...cases(
    "gather on two axes",
    [[input([4, 5], "stepped"), index([3], 4), index([3], 5)]],
    (a: A, b: A, c: A) => mx.gather(a, [b, c], [0, 1], [1, 1]),
    { np: "a[b, c].reshape(3, 1, 1)" },
  ),
  ...cases(
    "scatter",
    [[input([6, 2], "transposed"), input([3, 1, 2])]],
    (a: A, b: A) => mx.scatter(a, [mx.array([5, 0, 2])], b, [0]),
    { np: "(lambda x: (x.__setitem__([5, 0, 2], b[:, 0]), x)[1])(a.copy())" },
  ),
  ...(["add", "max", "min", "prod"] as const).flatMap((how) =>
    cases(
      `scatter ${how}`,
      [[input([4, 2], "stepped"), index([6], 4), input([6, 1, 2])]],
      (a: A, b: A, c: A) => scatters[how](a, [b], c, [0]),
      {
        np: `(lambda x: (np.${{ add: "add", max: "maximum", min: "minimum", prod: "multiply" }[how]}.at(x, b, c[:, 0]), x)[1])(a.copy())`,
      },
    ),
  ),
  ...cases("diagonal", [...square, ...two], (a: A) => mx.diagonal(a, 1), { xp: "xp.diagonal(a, 1)" }),
  ...cases("diagonal of other axes", [[input([2, 3, 4], "transposed")]], (a: A) => mx.diagonal(a, -1, 2, 0), {
    xp: "xp.diagonal(a, -1, 2, 0)",
  }),
  ...cases("diag", [...vector, ...two], (a: A) => mx.diag(a, 1), { xp: "xp.diag(a, 1)" }),
  ...cases("tril", square, (a: A) => mx.tril(a, -1), { xp: "xp.tril(a, -1)" }),
  ...cases("triu", square, (a: A) => mx.triu(a, 1), { xp: "xp.triu(a, 1)" }),
];
