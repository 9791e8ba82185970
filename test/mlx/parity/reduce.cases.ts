/** Cases along axes: reductions, softmax, running totals, orders. */
import * as mx from "../../../src/mlx/index.ts";
import { type Case, cases, type Input, input, type Values } from "./case.ts";

type Axis = mx.Axis;

/** Arrays of three axes in each layout, for every axis that three axes have. */
function threeAxes(values: Values, dtypes: readonly mx.DType[] = []): Input[][] {
  return [
    [input([2, 3, 4], "plain", values)],
    [input([2, 3, 4], "transposed", values)],
    [input([3, 1, 5], "stepped", values)],
    [input([4, 2, 3], "broadcast", values)],
    ...dtypes.map((dtype) => [input([2, 3, 4], "transposed", values, dtype)]),
  ];
}

const axes: Axis[] = [undefined, 0, -1, [0, 2], [-1, -2], [0, 1, 2]];

function pythonAxis(axis: Axis): string {
  if (axis === undefined) return "None";
  return typeof axis === "number" ? `${axis}` : `(${axis.join(", ")},)`;
}

type Reduction = (a: mx.MlxArray, axis?: Axis, keepdims?: boolean) => mx.MlxArray;

interface Options {
  values?: Values;
  dtypes?: mx.DType[];
  /** Whether the operation has a value over nothing. */
  empty?: boolean;
  /** NumPy's expression, where its name is another; `ARGS` stands for the axis and keepdims. */
  np?: string | null;
}

/** Each axis, with and without `keepdims`; 0-d and, where that has a value, empty arrays. */
function reduction(name: string, run: Reduction, options: Options = {}): Case[] {
  const { values = "normal", dtypes = [], empty = true, np } = options;
  const python = (args: string) => ({
    xp: `xp.${name}(a, ${args})`,
    ...(np ? { np: np.replace("ARGS", args) } : {}),
    ...(np === null ? { xp: "", np: null, mx: `mx.${name}(a, ${args})` } : {}),
    atol: 1e-5,
  });
  const over = (sets: Input[][], axis: Axis, keepdims: boolean) =>
    cases(
      name,
      sets,
      (a: mx.MlxArray) => run(a, axis, keepdims),
      python(`axis=${pythonAxis(axis)}, keepdims=${keepdims ? "True" : "False"}`) as Parameters<typeof cases>[3],
    );
  return [
    ...axes.flatMap((axis) => [
      ...over(threeAxes(values, dtypes), axis, false),
      ...over(threeAxes(values), axis, true),
    ]),
    ...over([[input([], "plain", values)], [input([1], "plain", values)]], undefined, true),
    ...(empty ? over([[input([0, 3], "plain", values)]], 0, false) : []),
    ...(empty ? over([[input([0], "plain", values)]], undefined, false) : []),
  ];
}

const floats: mx.DType[] = ["float16", "bfloat16"];

function scan(
  name: string,
  run: (a: mx.MlxArray, axis?: number, options?: mx.ScanOptions) => mx.MlxArray,
  np: string | null,
  dtypes: mx.DType[] = [],
): Case[] {
  const sets = [...threeAxes("normal", dtypes), [input([5])], [input([6], "stepped")]];
  return [0, -1].flatMap((axis) => [
    ...cases(name, sets, (a: mx.MlxArray) => run(a, axis), {
      mx: `mx.${name}(a, axis=${axis})`,
      ...(np ? { np: np.replace("AXIS", `${axis}`) } : {}),
      atol: 1e-5,
    }),
    ...cases(
      `${name} reversed, exclusive`,
      sets,
      (a: mx.MlxArray) => run(a, axis, { reverse: true, inclusive: false }),
      {
        mx: `mx.${name}(a, axis=${axis}, reverse=True, inclusive=False)`,
        atol: 1e-5,
      },
    ),
  ]);
}

function ordered(name: string, run: (a: mx.MlxArray, axis?: number | null) => mx.MlxArray): Case[] {
  // NumPy and MLX put equal elements in different orders.
  const peers = (args: string) => (name === "argsort" ? { mx: `mx.argsort${args}` } : { xp: `xp.${name}${args}` });
  const sets = [...threeAxes("normal", ["int32", "float16"]), [input([7], "stepped")]];
  return [
    ...[0, 1, -1].flatMap((axis) =>
      cases(
        name,
        axis === 1 ? threeAxes("normal") : sets.filter(([one]) => one!.shape.length + axis >= 0),
        (a: mx.MlxArray) => run(a, axis),
        { ...peers(`(a, axis=${axis})`) },
      ),
    ),
    ...cases(name, sets, (a: mx.MlxArray) => run(a, null), { ...peers("(a, axis=None)") }),
  ];
}

export const reduce: Case[] = [
  ...reduction("sum", mx.sum, { dtypes: [...floats, "int32", "bool", "uint8"] }),
  ...reduction("mean", mx.mean, { dtypes: [...floats, "int32"], empty: false }),
  ...reduction("prod", mx.prod, { dtypes: ["int32"] }),
  ...reduction("max", mx.max, { dtypes: [...floats, "int32"], empty: false }),
  ...reduction("min", mx.min, { dtypes: [...floats, "int32"], empty: false }),
  ...reduction("max", mx.max, { values: "special", empty: false }),
  ...reduction("all", mx.all, { values: "bool", dtypes: ["bool"] }),
  ...reduction("any", mx.any, { values: "bool", dtypes: ["bool"] }),
  ...reduction("median", mx.median, { empty: false }),
  ...reduction("logsumexp", mx.logsumexp, { dtypes: floats, np: "logsumexp(a, ARGS)", empty: false }),
  ...reduction("var", (a, axis, keepdims) => mx.variance(a, axis, keepdims), { dtypes: floats, empty: false }),
  ...reduction("std", (a, axis, keepdims) => mx.std(a, axis, keepdims), { dtypes: floats, empty: false }),
  ...cases("variance, ddof 1", threeAxes("normal"), (a: mx.MlxArray) => mx.variance(a, -1, false, 1), {
    xp: "xp.var(a, axis=-1, ddof=1)",
  }),
  ...cases("std, ddof 1", threeAxes("normal"), (a: mx.MlxArray) => mx.std(a, [0, 2], true, 1), {
    xp: "xp.std(a, axis=(0, 2), keepdims=True, ddof=1)",
  }),
  ...axes.flatMap((axis) =>
    cases("countNonzero", threeAxes("bool"), (a: mx.MlxArray) => mx.countNonzero(a, axis), {
      np: `np.count_nonzero(a, axis=${pythonAxis(axis)})`,
    }),
  ),
  ...axes.flatMap((axis) =>
    cases("softmax", threeAxes("normal", floats), (a: mx.MlxArray) => mx.softmax(a, axis), {
      np: `softmax(a, axis=${pythonAxis(axis)})`,
      mx: `mx.softmax(a, axis=${axis === undefined ? "None" : typeof axis === "number" ? axis : `[${axis.join(", ")}]`})`,
    }),
  ),
  ...cases("softmax, precise", threeAxes("normal", floats), (a: mx.MlxArray) => mx.softmax(a, -1, true), {
    np: "softmax(a, axis=-1)",
    mx: "mx.softmax(a, axis=-1, precise=True)",
  }),
  ...cases("softmax of infinities", [[input([3, 4], "plain", "special")]], (a: mx.MlxArray) => mx.softmax(a, -1), {
    mx: "mx.softmax(a, axis=-1)",
  }),
  ...[undefined, 0, -1].flatMap((axis) => [
    ...cases("argmax", threeAxes("normal", [...floats, "int32"]), (a: mx.MlxArray) => mx.argmax(a, axis), {
      xp: `xp.argmax(a, axis=${axis ?? "None"})`,
    }),
    ...cases("argmin", threeAxes("normal", ["int32"]), (a: mx.MlxArray) => mx.argmin(a, axis, true), {
      xp: `xp.argmin(a, axis=${axis ?? "None"}, keepdims=True)`,
    }),
  ]),
  ...scan("cumsum", mx.cumsum, "np.cumsum(a, axis=AXIS)", ["int32", "float16"]),
  ...scan("cumprod", mx.cumprod, "np.cumprod(a, axis=AXIS)", ["int32"]),
  ...scan("cummax", mx.cummax, "np.maximum.accumulate(a, axis=AXIS)"),
  ...scan("cummin", mx.cummin, "np.minimum.accumulate(a, axis=AXIS)"),
  ...scan("logcumsumexp", mx.logcumsumexp, "np.logaddexp.accumulate(a, axis=AXIS)"),
  ...cases("cumsum, flattened", threeAxes("normal"), (a: mx.MlxArray) => mx.cumsum(a), {
    xp: "xp.cumsum(a)",
    atol: 1e-5,
  }),
  ...cases(
    "cumsum as float32",
    [[input([2, 3], "transposed", { below: 9 }, "int32")]],
    (a: mx.MlxArray) => mx.cumsum(a, 0, { dtype: "float32" }),
    { np: "np.cumsum(a, axis=0)", mx: "mx.cumsum(a.astype(mx.float32), axis=0)" },
  ),
  ...ordered("sort", mx.sort),
  ...ordered("argsort", mx.argsort),
  ...[0, -1].flatMap((axis) => [
    ...cases(
      "partition",
      threeAxes("normal"),
      (a: mx.MlxArray) => mx.sort(mx.slice(mx.moveaxis(mx.partition(a, 1, axis), axis, 0), [[0, 2]]), 0),
      {
        np: `np.sort(np.moveaxis(np.sort(a, axis=${axis}), ${axis}, 0)[0:2], axis=0)`,
      },
    ).filter(({ inputs }) => inputs[0]!.shape.at(axis)! > 1),
    ...cases("topk", threeAxes("normal"), (a: mx.MlxArray) => mx.sort(mx.topk(a, 2, axis), axis), {
      np: `np.sort(np.moveaxis(np.moveaxis(np.sort(a, axis=${axis}), ${axis}, 0)[-2:], 0, ${axis}), axis=${axis})`,
    }).filter(({ inputs }) => inputs[0]!.shape.at(axis)! > 1),
    ...cases(
      "argpartition",
      threeAxes("normal"),
      (a: mx.MlxArray) => mx.sort(mx.takeAlongAxis(a, mx.argpartition(a, 1, axis), axis), axis),
      {
        np: `np.sort(a, axis=${axis})`,
      },
    ).filter(({ inputs }) => inputs[0]!.shape.at(axis)! > 1),
  ]),
];
