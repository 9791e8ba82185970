/** Cases element by element: arithmetic, functions, comparisons, choice. */
import * as mx from "../../../src/mlx/index.ts";
import { type Case, cases, type Input, input, type Run, type Values } from "./case.ts";

/** One array in awkward shapes and layouts as float32, and in a few as other types. */
export function single(values: Values, ...dtypes: mx.DType[]): Input[][] {
  const shapes = [input([], "plain", values), input([0], "plain", values), input([3, 0, 2], "plain", values)];
  const layouts = [
    input([7], "stepped", values),
    input([2, 3, 4], "plain", values),
    input([4, 3], "transposed", values),
    input([3, 2, 5], "stepped", values),
    input([3, 4], "broadcast", values),
    input([1, 1], "plain", values),
  ];
  const typed = dtypes.flatMap((dtype) => [
    input([2, 5], "plain", values, dtype),
    input([4, 3], "transposed", values, dtype),
  ]);
  return [...shapes, ...layouts, ...typed].map((one) => [one]);
}

/** Two arrays whose shapes broadcast, in several layouts and pairs of types. */
export function pairs(left: Values, right: Values, ...dtypes: [mx.DType, mx.DType][]): Input[][] {
  const two = (a: Input, b: Input) => [a, b];
  return [
    two(input([], "plain", left), input([], "plain", right)),
    two(input([], "plain", left), input([4], "plain", right)),
    two(input([2, 3], "plain", left), input([2, 3], "transposed", right)),
    two(input([2, 3], "stepped", left), input([3], "stepped", right)),
    two(input([2, 1, 4], "transposed", left), input([3, 1], "plain", right)),
    two(input([0, 3], "plain", left), input([1, 3], "plain", right)),
    two(input([3, 2, 2], "broadcast", left), input([1, 2, 1], "plain", right)),
    ...dtypes.map(([a, b]) => two(input([3, 4], "transposed", left, a), input([4], "plain", right, b))),
  ];
}

const floats: mx.DType[] = ["float16", "bfloat16"];

function unary(name: string, run: Run, values: Values, dtypes: mx.DType[], xp = `xp.${name}(a)`, more = {}): Case[] {
  return cases(name, single(values, ...dtypes), run, { xp, ...more });
}

const f32: [mx.DType, mx.DType] = ["float32", "float32"];
const mixed: [mx.DType, mx.DType][] = [
  ["float16", "float16"],
  ["bfloat16", "float32"],
  ["int32", "float32"],
];
const whole: [mx.DType, mx.DType][] = [
  ["int32", "int32"],
  ["uint8", "int16"],
  ["int64", "int32"],
];
const bits: [mx.DType, mx.DType][] = [
  ["int32", "int32"],
  ["uint8", "uint8"],
  ["uint32", "uint32"],
  ["int64", "int64"],
];

function binary(
  name: string,
  run: Run,
  left: Values,
  right: Values,
  dtypes: [mx.DType, mx.DType][],
  xp = `xp.${name}(a, b)`,
): Case[] {
  return cases(name, pairs(left, right, ...dtypes), run, { xp });
}

/** Bit operations take whole numbers only. */
function bitwise(name: string, run: Run, right: Values = { below: 6 }): Case[] {
  const sets = bits.flatMap(([a, b]) => [
    [input([3, 4], "transposed", { below: 200 }, a), input([4], "plain", right, b)],
    [input([2, 3], "stepped", { below: 200 }, a), input([], "plain", right, b)],
    [input([0, 2], "plain", { below: 200 }, a), input([2], "plain", right, b)],
  ]);
  return cases(name, sets, run, { xp: `xp.${name}(a, b)` });
}

export const elementwise: Case[] = [
  ...unary("abs", mx.abs, "normal", [...floats, "int32", "int8"]),
  ...unary("negative", mx.negative, "normal", [...floats, "int32"]),
  ...unary("positive", mx.positive, "normal", ["int32"], "+a", { mx: "a" }),
  ...unary("sign", mx.sign, "normal", [...floats, "int32"]),
  ...unary("reciprocal", mx.reciprocal, "positive", floats),
  ...unary("square", mx.square, "normal", [...floats, "int32"]),
  ...unary("sqrt", mx.sqrt, "positive", [...floats, "int32"]),
  ...unary("rsqrt", mx.rsqrt, "positive", floats, "xp.rsqrt(a)", { np: "1 / np.sqrt(a)" }),
  ...unary("exp", mx.exp, "normal", [...floats, "int32"]),
  ...unary("expm1", mx.expm1, "normal", floats),
  ...unary("log", mx.log, "positive", [...floats, "int32"]),
  ...unary("log1p", mx.log1p, "positive", floats),
  ...unary("log2", mx.log2, "positive", floats),
  ...unary("log10", mx.log10, "positive", floats),
  ...unary("sigmoid", mx.sigmoid, "normal", floats, "xp.sigmoid(a)", { np: "sigmoid(a)" }),
  ...unary("erf", mx.erf, "normal", floats, "xp.erf(a)", { np: "erf(a)" }),
  ...cases("erfinv", single("unit"), mx.erfinv, { mx: "mx.erfinv(a)" }),
  ...unary("sin", mx.sin, "normal", floats),
  ...unary("cos", mx.cos, "normal", floats),
  ...unary("tan", mx.tan, "unit", floats),
  ...unary("arcsin", mx.arcsin, "unit", floats),
  ...unary("arccos", mx.arccos, "unit", floats),
  ...unary("arctan", mx.arctan, "normal", floats),
  ...unary("sinh", mx.sinh, "normal", floats),
  ...unary("cosh", mx.cosh, "normal", floats),
  ...unary("tanh", mx.tanh, "normal", floats),
  ...unary("arcsinh", mx.arcsinh, "normal", floats),
  ...unary("arccosh", mx.arccosh, "above1", floats),
  ...unary("arctanh", mx.arctanh, "unit", floats),
  ...unary("degrees", mx.degrees, "normal", []),
  ...unary("radians", mx.radians, "normal", []),
  ...unary("floor", mx.floor, "normal", [...floats, "int32"]),
  ...unary("ceil", mx.ceil, "normal", [...floats, "int32"]),
  ...cases("trunc", single("normal", ...floats), mx.trunc, { np: "np.trunc(a)" }),
  ...cases("real", single("normal", "complex64"), mx.real, { xp: "xp.real(a)" }),
  ...cases("imag", [[input([2, 3], "transposed", "normal", "complex64")]], mx.imag, { xp: "xp.imag(a)" }),
  ...cases("conjugate", [[input([2, 3], "stepped", "normal", "complex64")]], mx.conjugate, { xp: "xp.conjugate(a)" }),
  ...cases(
    "bitwiseInvert",
    [[input([2, 3], "transposed", { below: 9 }, "int32")], [input([4], "stepped", { below: 9 }, "uint8")]],
    mx.bitwiseInvert,
    { xp: "xp.bitwise_invert(a)" },
  ),
  ...cases("round", single("normal", ...floats), (a) => mx.round(a, 1), { xp: "xp.round(a, 1)" }),
  ...cases("nanToNum", single("special"), (a) => mx.nanToNum(a, 7, 1, -1), {
    xp: "xp.nan_to_num(a, nan=7, posinf=1, neginf=-1)",
  }),
  ...cases("nanToNum", single("special"), (a) => mx.nanToNum(a), { mx: "mx.nan_to_num(a)" }),
  ...cases("copy", single("normal", "int64", "bool"), mx.copy, { np: "a.copy()" }),
  ...cases("stopGradient", single("normal"), mx.stopGradient, { np: "a" }),

  ...binary("add", mx.add, "normal", "normal", [...mixed, ...whole, ["bool", "bool"]]),
  ...binary("subtract", mx.subtract, "normal", "normal", [...mixed, ["int32", "int32"]]),
  ...binary("multiply", mx.multiply, "normal", "normal", [...mixed, ...whole]),
  ...binary("divide", mx.divide, "normal", "positive", mixed),
  ...cases(
    "floorDivide of whole numbers",
    [
      [input([3, 8], "stepped", { below: 90 }, "int32"), input([8], "plain", "normal", "int32")],
      [input([40], "plain", "normal", "int8"), input([40], "plain", "normal", "int16")],
    ],
    mx.floorDivide,
    { np: "np.floor_divide(a, b)" },
  ),
  ...binary("floor_divide", mx.floorDivide, "normal", "positive", [f32]),
  ...binary("remainder", mx.remainder, "normal", "positive", [f32]),
  ...binary("power", mx.power, "positive", "normal", [f32]),
  ...binary("maximum", mx.maximum, "normal", "normal", [...mixed, ...whole]),
  ...binary("minimum", mx.minimum, "normal", "normal", [...mixed, ...whole]),
  ...binary("maximum with NaN", mx.maximum, "special", "normal", [], "xp.maximum(a, b)"),
  ...binary("logaddexp", mx.logaddexp, "normal", "normal", [f32]),
  ...binary("arctan2", mx.arctan2, "normal", "normal", [f32]),
  ...cases("divmod", pairs("normal", "positive"), mx.divmod, { xp: "xp.divmod(a, b)" }),
  ...bitwise("bitwise_and", mx.bitwiseAnd),
  ...bitwise("bitwise_or", mx.bitwiseOr),
  ...bitwise("bitwise_xor", mx.bitwiseXor),
  ...bitwise("left_shift", mx.leftShift, { below: 3 }),
  ...bitwise("right_shift", mx.rightShift, { below: 3 }),

  ...binary("equal", mx.equal, { below: 3 }, { below: 3 }, [f32, ["int32", "int32"]]),
  ...binary("not_equal", mx.notEqual, { below: 3 }, { below: 3 }, [f32]),
  ...binary("greater", mx.greater, { below: 3 }, { below: 3 }, [f32, ["int32", "float32"]]),
  ...binary("greater_equal", mx.greaterEqual, { below: 3 }, { below: 3 }, [f32]),
  ...binary("less", mx.less, { below: 3 }, { below: 3 }, [f32]),
  ...binary("less_equal", mx.lessEqual, { below: 3 }, { below: 3 }, [f32]),
  ...binary("logical_and", mx.logicalAnd, "bool", "bool", [f32, ["bool", "bool"]]),
  ...binary("logical_or", mx.logicalOr, "bool", "bool", [["bool", "bool"]]),
  ...cases("logicalXor", pairs("bool", "bool", ["bool", "bool"]), mx.logicalXor, {
    np: "np.logical_xor(a, b)",
  }),
  ...unary("logicalNot", mx.logicalNot, "bool", ["bool"], "xp.logical_not(a)"),
  ...unary("isnan", mx.isnan, "special", floats),
  ...unary("isinf", mx.isinf, "special", []),
  ...unary("isposinf", mx.isposinf, "special", []),
  ...unary("isneginf", mx.isneginf, "special", []),
  ...unary("isfinite", mx.isfinite, "special", []),
  ...cases("isclose", pairs({ below: 3 }, { below: 3 }), (a, b) => mx.isclose(a, b, { atol: 0.5 }), {
    xp: "xp.isclose(a, b, atol=0.5)",
  }),
  ...cases("isclose with NaN", pairs("special", "special"), (a, b) => mx.isclose(a, b, { equalNan: true }), {
    xp: "xp.isclose(a, b, equal_nan=True)",
  }),
  ...cases("allclose", pairs("normal", "normal"), (a, b) => mx.allclose(a, b, { atol: 9 }), {
    xp: "xp.allclose(a, b, atol=9)",
  }),
  ...cases("arrayEqual", pairs("normal", "normal"), (a, b) => mx.arrayEqual(a, b), { xp: "xp.array_equal(a, b)" }),
  ...cases(
    "where",
    [
      [input([2, 3], "transposed", "bool", "bool"), input([3], "stepped"), input([2, 1])],
      [input([], "plain", "bool", "bool"), input([2]), input([2])],
      [input([0, 3], "plain", "bool", "bool"), input([3]), input([1, 3])],
      [input([4], "plain", "bool", "bool"), input([4], "plain", "normal", "int32"), input([4])],
    ],
    (a, b, c) => mx.where(a, b, c),
    { xp: "xp.where(a, b, c)" },
  ),
  ...cases("clip", single("normal", ...floats), (a) => mx.clip(a, -0.5, 1), { xp: "xp.clip(a, -0.5, 1)" }),
  ...cases("clip, one side open", single("normal"), (a) => mx.clip(a, null, 0.25), { xp: "xp.clip(a, None, 0.25)" }),
  ...cases("add a number", single("normal", ...floats, "int32", "bool"), (a) => mx.add(a, 2), { mx: "mx.add(a, 2)" }),
  ...cases("subtract from a number", single("normal", ...floats, "int32"), (a) => mx.subtract(1.5, a), {
    mx: "mx.subtract(1.5, a)",
  }),
  ...cases("multiply by a truth", single("normal", "int32"), (a) => mx.multiply(a, true), {
    mx: "mx.multiply(a, True)",
  }),
  ...(["float16", "bfloat16", "int32", "uint8", "bool", "complex64", "float32", "int64"] as const).flatMap((dtype) =>
    cases(`astype ${dtype}`, single("positive", "int32", "float16", "bool"), (a) => mx.astype(a, dtype), {
      mx: `a.astype(mx.${dtype === "bool" ? "bool_" : dtype})`,
    }),
  ),
  ...cases("view", [[input([2, 4])], [input([3, 2], "transposed")]], (a) => mx.view(a, "uint8"), {
    mx: "a.view(mx.uint8)",
  }),
  ...cases("view as wider", [[input([2, 4], "stepped", "normal", "float16")]], (a) => mx.view(a, "int32"), {
    mx: "a.view(mx.int32)",
  }),
];
