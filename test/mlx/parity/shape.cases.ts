/** Cases that arrange elements: shapes, axes, joining and taking apart; and arrays that a rule fills. */
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
const vector: Input[][] = [[input([5])], [input([5], "stepped")], [input([1])]];
const awkward: Input[][] = [[input([])], [input([0])], [input([0, 3])], [input([1, 1, 1])]];

const arrangement: Case[] = [
  ...cases("reshape", three, (a: A) => mx.reshape(a, [4, -1]), { xp: "xp.reshape(a, (4, -1))" }),
  ...cases("reshape to 0-d", [[input([1, 1])], [input([])]], (a: A) => mx.reshape(a, []), { xp: "xp.reshape(a, ())" }),
  ...cases("reshape of nothing", [[input([0, 3])]], (a: A) => mx.reshape(a, [3, 0, 2]), {
    xp: "xp.reshape(a, (3, 0, 2))",
  }),
  ...cases("flatten", [...three, ...awkward], (a: A) => mx.flatten(a), { np: "a.reshape(-1)", mx: "a.flatten()" }),
  ...cases("flatten some", three, (a: A) => mx.flatten(a, -2), { np: "a.reshape(2, 12)", mx: "a.flatten(-2)" }),
  ...cases("unflatten", three, (a: A) => mx.unflatten(a, -1, [2, -1]), {
    np: "a.reshape(2, 3, 2, 2)",
    mx: "mx.unflatten(a, -1, (2, -1))",
  }),
  ...cases("transpose", [...three, ...awkward], (a: A) => mx.transpose(a), { xp: "xp.transpose(a)" }),
  ...cases("transpose by axes", three, (a: A) => mx.transpose(a, [1, -1, 0]), { xp: "xp.transpose(a, (1, -1, 0))" }),
  ...cases("swapaxes", three, (a: A) => mx.swapaxes(a, 0, -1), { xp: "xp.swapaxes(a, 0, -1)" }),
  ...cases("moveaxis", three, (a: A) => mx.moveaxis(a, -1, 0), { xp: "xp.moveaxis(a, -1, 0)" }),
  ...cases("expandDims", [...three, ...awkward], (a: A) => mx.expandDims(a, -1), { xp: "xp.expand_dims(a, -1)" }),
  ...cases("expandDims, several", three, (a: A) => mx.expandDims(a, [0, 2]), { xp: "xp.expand_dims(a, (0, 2))" }),
  ...cases("squeeze", [[input([1, 3, 1], "transposed")], [input([1])], [input([2])]], (a: A) => mx.squeeze(a), {
    xp: "xp.squeeze(a)",
  }),
  ...cases("squeeze one", [[input([1, 3, 1])]], (a: A) => mx.squeeze(a, -1), { xp: "xp.squeeze(a, -1)" }),
  ...cases("squeeze several", [[input([1, 3, 1], "stepped")]], (a: A) => mx.squeeze(a, [0, -1]), {
    xp: "xp.squeeze(a, (0, -1))",
  }),
  ...cases("atleast1d", [...awkward, ...two], (a: A) => mx.atleast1d(a), { xp: "xp.atleast_1d(a)" }),
  ...cases("atleast2d", [...awkward, ...two], (a: A) => mx.atleast2d(a), { xp: "xp.atleast_2d(a)" }),
  ...cases("atleast3d", [...awkward, ...two], (a: A) => mx.atleast3d(a), { xp: "xp.atleast_3d(a)" }),
  ...cases(
    "broadcastTo",
    [[input([3, 1], "stepped")], [input([])], [input([4])]],
    (a: A) => mx.broadcastTo(a, [2, 3, 4]),
    { xp: "xp.broadcast_to(a, (2, 3, 4))" },
  ),
  ...cases(
    "broadcastArrays",
    [[input([3, 1]), input([2, 1, 4], "transposed"), input([])]],
    (a: A, b: A, c: A) => mx.broadcastArrays([a, b, c]),
    { np: "list(np.broadcast_arrays(a, b, c))", mx: "mx.broadcast_arrays(a, b, c)" },
  ),
  ...cases("contiguous", [...three, ...awkward], (a: A) => mx.contiguous(a), { np: "a", mx: "mx.contiguous(a)" }),
  ...cases(
    "concatenate",
    [
      [input([2, 3]), input([4, 3], "transposed"), input([0, 3])],
      [input([1, 3], "broadcast"), input([2, 3], "stepped", "normal", "int32"), input([1, 3])],
    ],
    (a: A, b: A, c: A) => mx.concatenate([a, b, c]),
    { xp: "xp.concatenate([a, b, c])" },
  ),
  ...cases(
    "concatenate on the last axis",
    [[input([2, 3]), input([2, 1], "transposed")]],
    (a: A, b: A) => mx.concatenate([a, b], -1),
    { xp: "xp.concatenate([a, b], axis=-1)" },
  ),
  ...cases(
    "concatenate, flattened",
    [[input([2, 3], "transposed"), input([4])]],
    (a: A, b: A) => mx.concatenate([a, b], null),
    { xp: "xp.concatenate([a, b], axis=None)" },
  ),
  ...cases(
    "stack",
    [
      [input([2, 3]), input([2, 3], "transposed")],
      [input([]), input([])],
      [input([0]), input([0])],
    ],
    (a: A, b: A) => mx.stack([a, b]),
    { xp: "xp.stack([a, b])" },
  ),
  ...cases(
    "stack on the last axis",
    [[input([2, 3], "stepped"), input([2, 3], "broadcast")]],
    (a: A, b: A) => mx.stack([a, b], -1),
    { xp: "xp.stack([a, b], axis=-1)" },
  ),
  ...cases("unstack", three, (a: A) => mx.unstack(a, 1), { np: "[a[:, i] for i in range(3)]" }),
  ...cases("split", three, (a: A) => mx.split(a, 2, -1), { np: "np.split(a, 2, -1)", mx: "mx.split(a, 2, -1)" }),
  ...cases("split at positions", three, (a: A) => mx.split(a, [1, 3], 2), {
    np: "np.split(a, [1, 3], 2)",
    mx: "mx.split(a, [1, 3], 2)",
  }),
  ...cases("tile", [...two, ...awkward], (a: A) => mx.tile(a, [2, 1, 3]), { xp: "xp.tile(a, (2, 1, 3))" }),
  ...cases("repeat", two, (a: A) => mx.repeat(a, 2), { np: "np.repeat(a, 2)", mx: "mx.repeat(a, 2)" }),
  ...cases("repeat on an axis", two, (a: A) => mx.repeat(a, 3, -1), { xp: "xp.repeat(a, 3, axis=-1)" }),
  ...cases("flip", [...three, ...vector], (a: A) => mx.flip(a), { np: "np.flip(a)" }),
  ...cases("flip one", three, (a: A) => mx.flip(a, -2), { np: "np.flip(a, -2)" }),
  ...cases("flip several", three, (a: A) => mx.flip(a, [0, 2]), { np: "np.flip(a, (0, 2))" }),
  ...cases("roll", three, (a: A) => mx.roll(a, 5), { xp: "xp.roll(a, 5)" }),
  ...cases("roll on an axis", three, (a: A) => mx.roll(a, -1, -1), { xp: "xp.roll(a, -1, -1)" }),
  ...cases("roll on several", three, (a: A) => mx.roll(a, [1, -2], [0, 2]), { xp: "xp.roll(a, (1, -2), (0, 2))" }),
  ...cases(
    "pad",
    two,
    (a: A) =>
      mx.pad(
        a,
        [
          [1, 0],
          [0, 2],
        ],
        7,
      ),
    { xp: "xp.pad(a, [(1, 0), (0, 2)], constant_values=7)" },
  ),
  ...cases(
    "pad with the edge",
    two,
    (a: A) =>
      mx.pad(
        a,
        [
          [1, 2],
          [2, 1],
        ],
        0,
        "edge",
      ),
    { xp: "xp.pad(a, [(1, 2), (2, 1)], mode='edge')" },
  ),
  ...cases("meshgrid", [[input([3]), input([2], "stepped")]], (a: A, b: A) => mx.meshgrid([a, b]), {
    np: "list(np.meshgrid(a, b))",
    mx: "mx.meshgrid(a, b)",
  }),
  ...cases(
    "meshgrid, sparse ij",
    [[input([3]), input([2])]],
    (a: A, b: A) => mx.meshgrid([a, b], { sparse: true, indexing: "ij" }),
    { np: "list(np.meshgrid(a, b, sparse=True, indexing='ij'))", mx: "mx.meshgrid(a, b, sparse=True, indexing='ij')" },
  ),
];

const filled: Case[] = [
  ...cases("zeros", [[]], () => mx.zeros([2, 0, 3]), { xp: "xp.zeros((2, 0, 3))" }),
  ...cases("zeros, 0-d", [[]], () => mx.zeros([], "int32"), { mx: "mx.zeros((), dtype=mx.int32)" }),
  ...cases("ones", [[]], () => mx.ones([2, 3], "bfloat16"), { mx: "mx.ones((2, 3), dtype=mx.bfloat16)" }),
  ...cases("zerosLike", two, (a: A) => mx.zerosLike(a), { xp: "xp.zeros_like(a)" }),
  ...cases("onesLike", two, (a: A) => mx.onesLike(a), { xp: "xp.ones_like(a)" }),
  ...cases("full", [[]], () => mx.full([2, 2], 1.5), { xp: "xp.full((2, 2), 1.5)" }),
  ...cases("full of an array", [[input([3], "stepped")]], (a: A) => mx.full([2, 3], a), { xp: "xp.full((2, 3), a)" }),
  ...cases("arange", [[]], () => mx.arange(2, 11, 3), { mx: "mx.arange(2, 11, 3)" }),
  ...cases("arange backwards", [[]], () => mx.arange(1, -1, -0.5, "float32"), { xp: "xp.arange(1, -1, -0.5)" }),
  ...cases("arange of nothing", [[]], () => mx.arange(3, 3), { mx: "mx.arange(3, 3)" }),
  ...cases("linspace", [[]], () => mx.linspace(-1, 2, 7), { xp: "xp.linspace(-1, 2, 7)" }),
  ...cases("eye", [[]], () => mx.eye(3, 4, 1), { xp: "xp.eye(3, 4, 1)" }),
  ...cases("tri", [[]], () => mx.tri(3, 4, -1), { xp: "xp.tri(3, 4, -1)" }),
];

export const shape: Case[] = [...arrangement, ...filled];
